package environ

import (
	"bufio"
	"fmt"
	"io"
	"strings"

	"github.com/infinitescribe/spellbook/internal/dotenv"
	"github.com/infinitescribe/spellbook/internal/secret"
)

// alphabet needs no quotes and no escapes in a URL, a shell or an env file.
const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"

// Fill returns the template's text with a generated value for every variable
// that asks for one; all other text is as it was, but for a byte order mark.
// random has to be a source fit for secrets, such as crypto/rand's Reader.
func (t Template) Fill(random io.Reader) (secret.String, error) {
	lengths := map[string]int{}
	for _, v := range t.Variables {
		lengths[v.Name] = v.Generate
	}
	var b strings.Builder
	for _, entry := range t.Document.Entries {
		length := lengths[entry.Name]
		if length == 0 {
			b.WriteString(entry.Text)
			continue
		}
		value, err := generate(random, length)
		if err != nil {
			return secret.String{}, fmt.Errorf("generate a value for %q: %w", entry.Name, err)
		}
		b.WriteString(entry.WithValue(value.Reveal()))
	}
	return secret.New(strings.TrimPrefix(b.String(), dotenv.ByteOrderMark)), nil
}

// generate draws length characters, each equally likely: a draw of six bits
// that has no character is thrown away.
func generate(random io.Reader, length int) (secret.String, error) {
	source := bufio.NewReaderSize(random, 64)
	value := make([]byte, 0, length)
	for len(value) < length {
		drawn, err := source.ReadByte()
		if err != nil {
			return secret.String{}, err
		}
		if index := int(drawn & 63); index < len(alphabet) {
			value = append(value, alphabet[index])
		}
	}
	return secret.New(string(value)), nil
}
