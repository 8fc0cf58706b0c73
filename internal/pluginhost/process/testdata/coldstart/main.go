// Command coldstart is the plugin of the benchmark: the least that an author
// writes. With COLDSTART_STOCK it takes no certificate of the host, and makes its
// own as go-plugin's AutoMTLS does.
package main

import (
	"os"

	"github.com/infinitescribe/spellbook/plugins/sdk"
	"github.com/infinitescribe/spellbook/plugins/sdk/pluginv1"
)

func main() {
	if os.Getenv("COLDSTART_STOCK") != "" {
		_ = os.Unsetenv(pluginv1.IdentityKey)
	}
	sdk.Serve(sdk.Plugin{Name: "cold", Version: "1.0.0", Services: []sdk.Service{{Name: "cold"}}, Fragment: "services: {cold: {image: cold}}\n"})
}
