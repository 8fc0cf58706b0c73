package deploy

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/compose-spec/compose-go/v2/types"

	"github.com/infinitescribe/spellbook/internal/failure"
	"github.com/infinitescribe/spellbook/internal/gateway"
	"github.com/infinitescribe/spellbook/internal/project"
)

// Published is a port that the gateway has for a service of the application.
type Published struct {
	gateway.Route

	Target uint32 // the port in the container
}

// Routes are the published ports of the application's services, which the gateway
// has in their place. x-spellbook: {gateway: {mode, path, host, health, tls}} says more
// of a service.
func Routes(p *project.Project, roles map[string]Role, s Settings) ([]Published, error) {
	var list []Published
	for _, name := range Of(roles, App) {
		service := p.Model.Services[name]
		said, secure, err := gatewayOf(service)
		if err != nil {
			return nil, err
		}
		for _, port := range service.Ports {
			if port.Published == "" || port.Protocol == "udp" {
				continue
			}
			published, err := strconv.Atoi(port.Published)
			if err != nil {
				return nil, failure.New(failure.Preflight, "service %s publishes the ports %s, and a gateway has one for each", name, port.Published).
					WithHint("publish single ports")
			}
			if service.GetScale() > 1 {
				return nil, failure.New(failure.Preflight, "service %s has %d replicas, and the gateway knows one of a service", name, service.GetScale()).
					WithHint("have one of it: replicas: 1")
			}
			r := said
			r.Service, r.Port, r.Bind = name, published, bind(port, s)
			one := Published{Route: r, Target: port.Target}
			one.TLS = speaksTLS(secure, published, one, s)
			list = append(list, one)
		}
	}
	return list, nil
}

func bind(port types.ServicePortConfig, s Settings) string {
	if s.Bind != "" {
		return s.Bind
	}
	return port.HostIP
}

// gatewayOf is what a service says of its routes; secure is nil where it says
// nothing of TLS.
func gatewayOf(s types.ServiceConfig) (r gateway.Route, secure *bool, err error) {
	said := extension(s, "gateway")
	if said == nil {
		return r, nil, nil
	}
	all, ok := said.(map[string]any)
	if !ok {
		return r, nil, failure.New(failure.Preflight, "service %s: x-spellbook.gateway is no mapping", s.Name).
			WithHint("write gateway: {health: /health}")
	}
	for key, value := range all {
		text := fmt.Sprint(value)
		if _, word := value.(string); !word && key != "tls" {
			text = ""
		}
		switch key {
		case "mode":
			r.Mode = gateway.Mode(text)
		case "path":
			r.Path = text
		case "host":
			r.Host = text
		case "health":
			r.Health = text
		case "tls":
			yes, err := strconv.ParseBool(text)
			if err != nil {
				return r, nil, failure.New(failure.Preflight, "service %s: x-spellbook.gateway.tls is %v", s.Name, value).WithHint("write tls: true, or tls: false")
			}
			secure = &yes
		default:
			return r, nil, failure.New(failure.Preflight, "service %s: x-spellbook.gateway has no %s", s.Name, key).
				WithHint("it may have mode, path, host, health and tls")
		}
		if text == "" {
			return r, nil, failure.New(failure.Preflight, "service %s: x-spellbook.gateway.%s is %v", s.Name, key, value).WithHint("write a word")
		}
	}
	return r, secure, nil
}

// Plain are the routes as the gateway's configuration has them. It listens inside
// its container on all addresses; which of the server's lead there is Docker's.
func Plain(all []Published) []gateway.Route {
	list := make([]gateway.Route, 0, len(all))
	for _, r := range all {
		r.Bind = ""
		list = append(list, r.Route)
	}
	return list
}

// Addresses are where a release is reached from the gateway, by backend.
func Addresses(all []Published, name, release string) map[string]string {
	list := map[string]string{}
	for _, r := range all {
		list[r.Backend()] = fmt.Sprintf("%s:%d", ContainerName(name, r.Service, release), r.Target)
	}
	return list
}

// GatewayService is what the gateway is called in the model of the infrastructure.
const GatewayService = "spellbook-gateway"

// AddGateway gives the infrastructure its gateway: on the networks of the
// services that it stands before, with their ports, its configuration in the
// project's directory on the server, and its process that of who deploys, to whom
// the runtime API's socket belongs. structure is the configuration but for the
// release: another one is another gateway.
func AddGateway(model *types.Project, p *project.Project, roles map[string]Role, all []Published, g Gateway) error {
	s := types.ServiceConfig{Name: GatewayService}
	s.Image, s.User, s.Restart, s.PullPolicy = g.Image, g.User, types.RestartPolicyAlways, types.PullPolicyNever
	s.Volumes = []types.ServiceVolumeConfig{
		{Type: types.VolumeTypeBind, Source: g.Dir + "/conf", Target: "/usr/local/etc/haproxy", ReadOnly: true},
		{Type: types.VolumeTypeBind, Source: g.Dir + "/run", Target: "/run/haproxy"},
	}
	s.Networks = map[string]*types.ServiceNetworkConfig{}
	for _, name := range Of(roles, App) {
		for key := range p.Model.Services[name].Networks {
			s.Networks[key] = nil
		}
	}
	taken := map[string]bool{}
	if g.Redirect != nil {
		all = append(all[:len(all):len(all)], *g.Redirect)
	}
	for _, r := range all {
		port := types.ServicePortConfig{Mode: "ingress", HostIP: r.Bind, Target: uint32(r.Port), Published: strconv.Itoa(r.Port), Protocol: "tcp"}
		if key := r.Bind + ":" + port.Published; !taken[key] {
			s.Ports, taken[key] = append(s.Ports, port), true
		}
	}
	hash, err := Hash(s, nil)
	if err != nil {
		return err
	}
	_, tag, _ := strings.Cut(g.Image, ":")
	stamp(&s, model.Name, "", GatewayService, hash+g.Structure+"-"+tag)
	if _, taken := model.Services[GatewayService]; taken {
		return failure.New(failure.Preflight, "a service is called %s, as the gateway is", GatewayService).WithHint("give it another name")
	}
	model.Services[GatewayService] = s
	return nil
}

// Gateway is what is known of the gateway where a model is made.
type Gateway struct {
	Image     string // its name on the server
	User      string // UID:GID
	Dir       string // on the server
	Structure string // a sum of the configuration but for the release
	// Redirect is a port that leads to one with TLS; nil without.
	Redirect *Published
}
