package sdk

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
)

// largestIdentity is how much of the descriptor is read, in bytes.
const largestIdentity = 64 << 10

// identity is what go-plugin asks for its TLS: the certificate and key that the
// host made for this process and left in an inherited descriptor (number), and
// the host's certificate (clientPEM), which alone may connect. Without the
// descriptor it is nil, and go-plugin makes a P-521 pair of its own, which takes
// ten times as long.
func identity(number, clientPEM string) func() (*tls.Config, error) {
	fd, err := strconv.ParseUint(number, 10, 31)
	if err != nil {
		return nil
	}
	keepFromChildren(uintptr(fd))
	return func() (*tls.Config, error) {
		data, err := readDescriptor(uintptr(fd))
		if err != nil {
			return nil, fmt.Errorf("read certificate of descriptor %d: %w", fd, err)
		}
		pair, err := tls.X509KeyPair(data, data)
		if err != nil {
			return nil, fmt.Errorf("read certificate of descriptor %d: %w", fd, err)
		}
		host := x509.NewCertPool()
		if !host.AppendCertsFromPEM([]byte(clientPEM)) {
			return nil, errors.New("read certificate of the host: it is none")
		}
		return &tls.Config{
			Certificates: []tls.Certificate{pair}, ClientCAs: host,
			ClientAuth: tls.RequireAndVerifyClientCert, MinVersion: tls.VersionTLS13,
		}, nil
	}
}

func readDescriptor(fd uintptr) ([]byte, error) {
	file := os.NewFile(fd, "certificate")
	if file == nil {
		return nil, os.ErrInvalid
	}
	defer func() { _ = file.Close() }()
	return io.ReadAll(io.LimitReader(file, largestIdentity))
}
