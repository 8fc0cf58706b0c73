package pluginhost

import (
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"github.com/compose-spec/compose-go/v2/template"
	"github.com/compose-spec/compose-go/v2/types"

	"github.com/infinitescribe/spellbook/internal/failure"
	"github.com/infinitescribe/spellbook/internal/pluginhost/manifest"
	"github.com/infinitescribe/spellbook/internal/pluginhost/policy"
)

// Names are what a Compose file takes for itself: in one project nobody else
// can have them.
type Names struct {
	Owner                                         string // as told: plugin kafka, compose/docker-compose.yml
	Services, Volumes, Networks, Configs, Secrets []string
	Containers                                    []string // container_name
	Ports                                         []Port
}

// Port is one published on this machine.
type Port struct {
	Service, IP string // IP "" is every address
	Number      uint16
	Protocol    string // tcp or udp
}

// Clashes finds the first name or port that two plugins have, or a plugin and
// one of base, which are the user's own files. value gives the variables that
// names and ports are made of.
func Clashes(fragments map[string][]byte, value func(name string) (string, bool), base ...Names) error {
	taken := slices.Clone(base)
	for _, plugin := range policy.Sorted(fragments) {
		own, err := NamesOf("plugin "+plugin, fragments[plugin], value)
		if err != nil {
			return failure.New(failure.Preflight, "the fragment of plugin %q is refused", plugin).WithDetails(manifest.Printable(err.Error())).
				WithHint("mage plugin:test %s", plugin)
		}
		for _, other := range taken {
			if err := clash(own, other, plugin); err != nil {
				return err
			}
		}
		taken = append(taken, own)
	}
	return nil
}

// clash is the error for the first thing that both have.
func clash(own, other Names, plugin string) error {
	for _, kind := range []struct {
		what        string
		mine, their []string
	}{
		{"service", own.Services, other.Services},
		{"volume", own.Volumes, other.Volumes},
		{"network", own.Networks, other.Networks},
		{"config", own.Configs, other.Configs},
		{"secret", own.Secrets, other.Secrets},
		{"container name", own.Containers, other.Containers},
	} {
		for _, name := range kind.mine {
			if slices.Contains(kind.their, name) {
				return failure.New(failure.Preflight, "%s and %s both have the %s %q", other.Owner, own.Owner, kind.what, name).
					WithHint("use one of them only: mage plugin:disable %s", plugin)
			}
		}
	}
	for _, mine := range own.Ports {
		for _, their := range other.Ports {
			if mine.meets(their) {
				return failure.New(failure.Preflight, "%s and %s both publish port %d/%s", other.Owner, own.Owner, mine.Number, mine.Protocol).
					WithDetails(other.Owner+": service "+their.Service, own.Owner+": service "+mine.Service).
					WithHint("give one of them another port: mage plugin:info %s names its variables", plugin)
			}
		}
	}
	return nil
}

// meets says whether two cannot be published at once.
func (p Port) meets(other Port) bool {
	return p.Number == other.Number && p.Protocol == other.Protocol && (isAny(p.IP) || isAny(other.IP) || p.IP == other.IP)
}

func isAny(ip string) bool {
	addr, err := netip.ParseAddr(ip)
	return err != nil || addr.IsUnspecified()
}

// NamesOf reads what a Compose file takes for itself.
func NamesOf(owner string, file []byte, value func(name string) (string, bool)) (Names, error) {
	tree, err := policy.ReadFragment(file)
	if err != nil {
		return Names{}, err
	}
	section := func(key string) map[string]any { m, _ := tree[key].(map[string]any); return m }
	names := Names{
		Owner: owner, Services: policy.Sorted(section("services")), Volumes: policy.Sorted(section("volumes")), Networks: policy.Sorted(section("networks")),
		Configs: policy.Sorted(section("configs")), Secrets: policy.Sorted(section("secrets")),
	}
	for _, name := range names.Services {
		service, _ := section("services")[name].(map[string]any)
		if service["container_name"] != nil {
			container, err := filled(policy.Text(service["container_name"]), value)
			if err != nil {
				return Names{}, err
			}
			names.Containers = append(names.Containers, container)
		}
		ports, err := published(service["ports"], value)
		if err != nil {
			return Names{}, fmt.Errorf("services.%s.ports: %w", name, err)
		}
		for _, p := range ports {
			p.Service = name
			names.Ports = append(names.Ports, p)
		}
	}
	return names, nil
}

// filled interpolates as Compose does. A variable that is required and missing
// is somebody else's finding: the text is empty here.
func filled(s string, value func(string) (string, bool)) (string, error) {
	out, err := template.SubstituteWithOptions(s, value, template.WithoutLogging)
	var missing *template.MissingRequiredError
	if errors.As(err, &missing) {
		return "", nil
	}
	return out, err
}

// published are the ports of a service that this machine gives away, short and
// long syntax; those for which the engine picks a number are left out.
func published(value any, variables func(string) (string, bool)) ([]Port, error) {
	items, _ := value.([]any)
	var list []Port
	for _, item := range items {
		var parsed []types.ServicePortConfig
		if m, isMap := item.(map[string]any); isMap {
			p, err := long(m, variables)
			if err != nil {
				return nil, err
			}
			parsed = append(parsed, p)
		} else {
			short, err := filled(policy.Text(item), variables)
			if err != nil {
				return nil, err
			}
			if short == "" {
				continue
			}
			if parsed, err = types.ParsePortConfig(short); err != nil {
				return nil, err
			}
		}
		for _, p := range parsed {
			numbers, err := span(p.Published)
			if err != nil {
				return nil, err
			}
			for _, n := range numbers {
				list = append(list, Port{IP: p.HostIP, Number: n, Protocol: p.Protocol})
			}
		}
	}
	return list, nil
}

func long(m map[string]any, variables func(string) (string, bool)) (types.ServicePortConfig, error) {
	p := types.ServicePortConfig{Protocol: "tcp"}
	for key, to := range map[string]*string{"published": &p.Published, "host_ip": &p.HostIP, "protocol": &p.Protocol} {
		if m[key] == nil {
			continue
		}
		var err error
		if *to, err = filled(policy.Text(m[key]), variables); err != nil {
			return p, err
		}
	}
	return p, nil
}

// span is 8080, or 8080-8082; "" and 0 are none.
func span(s string) ([]uint16, error) {
	if s == "" {
		return nil, nil
	}
	first, last, isRange := strings.Cut(s, "-")
	if !isRange {
		last = first
	}
	from, err := strconv.ParseUint(first, 10, 16)
	if err != nil {
		return nil, fmt.Errorf("%q is no port", s)
	}
	to, err := strconv.ParseUint(last, 10, 16)
	if err != nil || to < from {
		return nil, fmt.Errorf("%q is no range of ports", s)
	}
	var list []uint16
	for n := from; n <= to; n++ {
		if n > 0 {
			list = append(list, uint16(n))
		}
	}
	return list, nil
}
