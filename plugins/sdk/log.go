package sdk

import (
	"context"
	"io"
	"log/slog"

	"github.com/infinitescribe/spellbook/plugins/sdk/pluginv1"
)

// newLogger writes lines as hclog does in JSON, which is the one form that
// go-plugin's host reads level and fields from; any other text arrives as
// debug.
func newLogger(w io.Writer, name string) *slog.Logger {
	handler := slog.NewJSONHandler(w, &slog.HandlerOptions{Level: slog.LevelDebug, ReplaceAttr: hclogKeys})
	return slog.New(handler).With("@module", name)
}

func hclogKeys(groups []string, a slog.Attr) slog.Attr {
	if len(groups) > 0 {
		return a
	}
	switch a.Key {
	case slog.TimeKey:
		return slog.String("@timestamp", a.Value.Time().Format("2006-01-02T15:04:05.000000Z07:00"))
	case slog.LevelKey:
		level, _ := a.Value.Any().(slog.Level)
		return slog.String("@level", hclogLevel(level))
	case slog.MessageKey:
		return slog.String("@message", a.Value.String())
	}
	return a
}

func hclogLevel(l slog.Level) string {
	return map[pluginv1.Level]string{
		pluginv1.Level_LEVEL_DEBUG: "debug", pluginv1.Level_LEVEL_INFO: "info",
		pluginv1.Level_LEVEL_WARN: "warn", pluginv1.Level_LEVEL_ERROR: "error",
	}[protoLevel(l)]
}

func protoLevel(l slog.Level) pluginv1.Level {
	switch {
	case l < slog.LevelInfo:
		return pluginv1.Level_LEVEL_DEBUG
	case l < slog.LevelWarn:
		return pluginv1.Level_LEVEL_INFO
	case l < slog.LevelError:
		return pluginv1.Level_LEVEL_WARN
	}
	return pluginv1.Level_LEVEL_ERROR
}

// eventHandler makes a run's log lines events of its stream.
type eventHandler struct {
	tell   func(*pluginv1.Event)
	prefix string // of the groups, with a dot
	attrs  []slog.Attr
}

// Enabled is always true: what is shown is the host's choice.
func (h *eventHandler) Enabled(context.Context, slog.Level) bool { return true }

// Handle sends a line.
func (h *eventHandler) Handle(_ context.Context, r slog.Record) error {
	fields := map[string]string{}
	for _, a := range h.attrs {
		flatten(fields, "", a)
	}
	r.Attrs(func(a slog.Attr) bool {
		flatten(fields, h.prefix, a)
		return true
	})
	h.tell(logEvent(protoLevel(r.Level), r.Message, fields))
	return nil
}

// WithAttrs adds fields to every line.
func (h *eventHandler) WithAttrs(attrs []slog.Attr) slog.Handler {
	next := *h
	next.attrs = append([]slog.Attr{}, h.attrs...)
	for _, a := range attrs {
		a.Key = h.prefix + a.Key
		next.attrs = append(next.attrs, a)
	}
	return &next
}

// WithGroup puts a prefix before the names of the fields that follow.
func (h *eventHandler) WithGroup(name string) slog.Handler {
	next := *h
	if name != "" {
		next.prefix += name + "."
	}
	return &next
}

// flatten writes groups as a.b.c: the contract's fields are texts.
func flatten(fields map[string]string, prefix string, a slog.Attr) {
	value := a.Value.Resolve()
	if value.Kind() != slog.KindGroup {
		fields[text(prefix+a.Key)] = text(value.String())
		return
	}
	if a.Key != "" {
		prefix += a.Key + "."
	}
	for _, member := range value.Group() {
		flatten(fields, prefix, member)
	}
}
