// Package main is the plugin of MailDev: a mail server for development that
// keeps what it is sent, and commands to look into its inbox. It imports
// plugins/sdk, and nothing else of Spellbook.
package main

import (
	_ "embed"

	"github.com/infinitescribe/spellbook/plugins/sdk"
)

//go:embed fragment.yml
var fragment string

//go:embed README.md
var readme string

// The endpoints, by the manifest's names.
const (
	web      = "web"
	smtpName = "smtp"
)

func main() { sdk.Serve(plugin()) }

func plugin() sdk.Plugin {
	return sdk.Plugin{
		Name:      "maildev",
		Version:   "1.0.0",
		Summary:   "MailDev, a mail server that keeps everything",
		Docs:      readme,
		Services:  []sdk.Service{{Name: "maildev", Summary: "SMTP and the inbox in the browser", Probe: probe}},
		Variables: variables(),
		Endpoints: []sdk.Endpoint{
			{Name: web, Service: "maildev", Port: 1080, Scheme: "http"},
			{Name: smtpName, Service: "maildev", Port: 1025, Scheme: "smtp"},
		},
		Commands: commands(),
		Fragment: fragment,
	}
}

func variables() []sdk.Variable {
	return []sdk.Variable{
		{Name: "MAILDEV_IMAGE", Summary: "Image of MailDev", Default: "maildev/maildev:3.0.0"},
		{Name: "BIND_ADDRESS", Summary: "Address of this machine that the ports are bound to", Type: "host", Default: "127.0.0.1"},
		{Name: "MAILDEV_PORT", Summary: "Port on the host of the inbox in the browser", Type: "port", Default: "1080"},
		{Name: "MAILDEV_SMTP_PORT", Summary: "Port on the host of SMTP", Type: "port", Default: "1025"},
	}
}

func commands() []sdk.Command {
	return []sdk.Command{
		{Name: "inbox", Summary: "lists the messages, the newest first", Run: inbox, Flags: []sdk.Flag{
			{Name: "to", Type: sdk.String, Summary: "only those to an address that contains this"},
			{Name: "n", Type: sdk.Int, Default: "20", Summary: "at most so many; 0 means all"},
		}},
		{Name: "show", Summary: "prints a message as text", Run: show,
			Arguments: []sdk.Argument{{Name: "id", Summary: "the message's ID, or the beginning of it"}}},
		{Name: "clear", Summary: "deletes every message", Run: clearAll, Flags: []sdk.Flag{
			{Name: "yes", Type: sdk.Bool, Default: "false", Summary: "really delete; without it the command only says what would go"},
		}},
	}
}
