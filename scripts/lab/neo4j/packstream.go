package main

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"slices"
)

// PackStream is the encoding of Bolt's messages: https://neo4j.com/docs/bolt/current/packstream/
// A value is nil, bool, int64, float64, string, []any, map[string]any or structure.

// structure is a tagged tuple. A Bolt message is one.
type structure struct {
	tag    byte
	fields []any
}

// deepest bounds the nesting of what a stranger may send.
const deepest = 32

var errMalformed = errors.New("malformed PackStream value")

func encode(b []byte, value any) []byte {
	switch v := value.(type) {
	case nil:
		return append(b, 0xC0)
	case bool:
		if v {
			return append(b, 0xC3)
		}
		return append(b, 0xC2)
	case int64:
		if -16 <= v && v <= 127 {
			return append(b, byte(v))
		}
		return binary.BigEndian.AppendUint64(append(b, 0xCB), uint64(v))
	case float64:
		return binary.BigEndian.AppendUint64(append(b, 0xC1), math.Float64bits(v))
	case string:
		return append(encodeSize(b, 0x80, 0xD0, len(v)), v...)
	case []any:
		b = encodeSize(b, 0x90, 0xD4, len(v))
		for _, item := range v {
			b = encode(b, item)
		}
		return b
	case map[string]any:
		b = encodeSize(b, 0xA0, 0xD8, len(v))
		for key, item := range v {
			b = encode(encode(b, key), item)
		}
		return b
	case structure:
		b = append(b, 0xB0|byte(len(v.fields)), v.tag)
		for _, field := range v.fields {
			b = encode(b, field)
		}
		return b
	}
	panic(fmt.Sprintf("PackStream has no type for %T", value))
}

// encodeSize writes a marker and a size: in one byte up to 15, else in four bytes.
func encodeSize(b []byte, tiny, sized byte, size int) []byte {
	if size < 16 {
		return append(b, tiny|byte(size))
	}
	return binary.BigEndian.AppendUint32(append(b, sized+2), uint32(size))
}

// decode reads one value, and returns what follows it.
func decode(b []byte, depth int) (value any, rest []byte, err error) {
	if len(b) == 0 || depth > deepest {
		return nil, nil, errMalformed
	}
	marker, rest := b[0], b[1:]
	switch {
	case marker < 0x80 || marker >= 0xF0:
		return int64(int8(marker)), rest, nil
	case marker < 0xC0:
		return decodeSized(marker&0xF0, int(marker&0x0F), rest, depth)
	case marker == 0xC0:
		return nil, rest, nil
	case marker == 0xC2 || marker == 0xC3:
		return marker == 0xC3, rest, nil
	case marker == 0xC1:
		bits, rest, err := decodeUint(rest, 8)
		return math.Float64frombits(bits), rest, err
	case marker >= 0xC8 && marker <= 0xCB:
		width := 1 << (marker - 0xC8)
		bits, rest, err := decodeUint(rest, width)
		unused := 64 - 8*width
		return int64(bits<<unused) >> unused, rest, err
	}
	kind, known := map[byte]byte{0xD0: 0x80, 0xD4: 0x90, 0xD8: 0xA0}[marker&^3]
	if !known || marker&3 == 3 {
		return nil, nil, errMalformed
	}
	size, rest, err := decodeUint(rest, 1<<(marker&3))
	if err != nil || size > uint64(len(rest)) { // every item takes a byte at the least
		return nil, nil, errMalformed
	}
	return decodeSized(kind, int(size), rest, depth)
}

func decodeSized(kind byte, size int, b []byte, depth int) (any, []byte, error) {
	switch kind {
	case 0x80:
		if size > len(b) {
			return nil, nil, errMalformed
		}
		return string(b[:size]), b[size:], nil
	case 0x90:
		return decodeList(size, b, depth)
	case 0xA0:
		return decodeMap(size, b, depth)
	default:
		if len(b) == 0 {
			return nil, nil, errMalformed
		}
		fields, rest, err := decodeList(size, b[1:], depth)
		return structure{b[0], fields}, rest, err
	}
}

func decodeList(size int, b []byte, depth int) (items []any, rest []byte, err error) {
	items = slices.Grow([]any{}, min(size, len(b)))
	for range size {
		var item any
		if item, b, err = decode(b, depth+1); err != nil {
			return nil, nil, err
		}
		items = append(items, item)
	}
	return items, b, nil
}

func decodeMap(size int, b []byte, depth int) (any, []byte, error) {
	items, rest, err := decodeList(2*size, b, depth)
	if err != nil {
		return nil, nil, err
	}
	m := make(map[string]any, size)
	for pair := range slices.Chunk(items, 2) {
		key, ok := pair[0].(string)
		if !ok {
			return nil, nil, errMalformed
		}
		m[key] = pair[1]
	}
	return m, rest, nil
}

func decodeUint(b []byte, width int) (uint64, []byte, error) {
	if len(b) < width {
		return 0, nil, errMalformed
	}
	var n uint64
	for _, digit := range b[:width] {
		n = n<<8 | uint64(digit)
	}
	return n, b[width:], nil
}
