package deploy

import (
	"slices"

	"github.com/infinitescribe/spellbook/internal/failure"
)

// The ports that HTTP and HTTPS have where an address names none.
const (
	httpPort  = 80
	httpsPort = 443
)

// Redirect takes the ports 80 of services that have a port with TLS out of the
// routes: the gateway sends them there. from is the first of them, nil where there
// is none; to is the port.
func Redirect(all []Published) (served []Published, from *Published, to int) {
	secure := map[string]int{}
	for _, r := range all {
		if r.TLS && (secure[r.Service] == 0 || r.Port == httpsPort) {
			secure[r.Service] = r.Port
		}
	}
	for _, r := range all {
		if r.Port != httpPort || secure[r.Service] == 0 {
			served = append(served, r)
		} else if from == nil {
			from, to = &r, secure[r.Service]
		}
	}
	return served, from, to
}

// CheckTLS refuses settings of which nothing would come: a certificate that no port
// has, and a port with TLS that has no certificate.
func CheckTLS(all []Published, s Settings) error {
	speaks := slices.IndexFunc(all, func(r Published) bool { return r.TLS })
	switch {
	case s.Cert == "" && s.Key != "":
		return failure.New(failure.Preflight, "DEPLOY_TLS_KEY is set, and DEPLOY_TLS_CERT is not").WithHint("set both in the environment's file")
	case s.Cert != "" && s.Key == "":
		return failure.New(failure.Preflight, "DEPLOY_TLS_CERT is set, and DEPLOY_TLS_KEY is not").WithHint("set both in the environment's file")
	case s.Cert == "" && speaks >= 0:
		return failure.New(failure.Preflight, "port %d of service %s is to speak TLS, and there is no certificate", all[speaks].Port, all[speaks].Service).
			WithHint("set DEPLOY_TLS_CERT and DEPLOY_TLS_KEY in the environment's file")
	case s.Cert != "" && speaks < 0:
		return failure.New(failure.Preflight, "DEPLOY_TLS_CERT is set, and no published port of the application would speak TLS").
			WithHint("publish port 443, or write x-spellbook: {gateway: {tls: true}} to the service")
	}
	return nil
}

// speaksTLS: port 443 does where there is a certificate and the service says nothing
// else, and the other ports of a service but 80 where it says tls: true.
func speaksTLS(said *bool, port int, r Published, s Settings) bool {
	switch {
	case port == httpPort:
		return false
	case said != nil:
		return *said
	}
	return port == httpsPort && s.Cert != "" && r.Mode != "tcp"
}
