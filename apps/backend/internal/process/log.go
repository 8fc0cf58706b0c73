package process

import (
	"context"
	"fmt"
	"log/slog"
)

// logger writes one JSON object a line.
func (p Process) logger(level slog.Level) *slog.Logger {
	log := slog.New(slog.NewJSONHandler(p.Out, &slog.HandlerOptions{Level: level}))
	return log.With("version", p.about("BACKEND_VERSION"))
}

// quiet takes what go-redis says of its connections; what matters of it comes
// back as an error anyway.
type quiet struct{ log *slog.Logger }

// Printf is what go-redis calls.
func (q quiet) Printf(ctx context.Context, format string, values ...any) {
	q.log.DebugContext(ctx, fmt.Sprintf(format, values...))
}
