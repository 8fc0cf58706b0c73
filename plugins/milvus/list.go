package main

import (
	"context"
	"fmt"
	"io"
	"slices"
	"text/tabwriter"
	"time"

	"github.com/milvus-io/milvus-proto/go-api/v2/commonpb"
	"github.com/milvus-io/milvus-proto/go-api/v2/milvuspb"

	"github.com/infinitescribe/spellbook/plugins/sdk"
)

// collection is a row of the list.
type collection struct {
	database, name, rows, state string
	created                     time.Time
}

func databasesCommand() sdk.Command {
	return sdk.Command{
		Name:    "databases",
		Summary: "lists the databases",
		Run: func(ctx context.Context, call *sdk.Call) error {
			return with(call.Run, func(c *client) error {
				names, err := c.databases(ctx)
				if err != nil {
					return err
				}
				rows := []string{"DATABASE\tCOLLECTIONS"}
				for _, name := range names {
					answer, err := c.ShowCollections(ctx, &milvuspb.ShowCollectionsRequest{DbName: name})
					if err := failed(answer.GetStatus(), err); err != nil {
						return fmt.Errorf("list the collections of %q: %w", name, err)
					}
					rows = append(rows, fmt.Sprintf("%s\t%d", name, len(answer.GetCollectionNames())))
				}
				return table(call.Stdout, rows...)
			})
		},
	}
}

func collectionsCommand() sdk.Command {
	return sdk.Command{
		Name:    "collections",
		Summary: "lists the collections",
		Flags:   []sdk.Flag{{Name: "database", Summary: "of this database only", Type: sdk.String}},
		Run: func(ctx context.Context, call *sdk.Call) error {
			return with(call.Run, func(c *client) error {
				found, err := c.collections(ctx, call.String("database"))
				if err != nil {
					return err
				}
				return showCollections(call.Stdout, found)
			})
		},
	}
}

// collections of one database, or of all for "".
func (c *client) collections(ctx context.Context, database string) (found []collection, err error) {
	databases := []string{database}
	if database == "" {
		if databases, err = c.databases(ctx); err != nil {
			return nil, err
		}
	}
	for _, name := range databases {
		of, err := c.collectionsOf(ctx, name)
		if err != nil {
			return nil, fmt.Errorf("list the collections of %q: %w", name, err)
		}
		found = append(found, of...)
	}
	return found, nil
}

func (c *client) collectionsOf(ctx context.Context, database string) ([]collection, error) {
	answer, err := c.ShowCollections(ctx, &milvuspb.ShowCollectionsRequest{DbName: database})
	if err := failed(answer.GetStatus(), err); err != nil {
		return nil, err
	}
	var found []collection
	for i, name := range answer.GetCollectionNames() {
		one := collection{database: database, name: name}
		if times := answer.GetCreatedUtcTimestamps(); i < len(times) {
			one.created = time.UnixMilli(int64(times[i]))
		}
		if one.rows, err = c.rows(ctx, database, name); err != nil {
			return nil, fmt.Errorf("count the rows of %q: %w", name, err)
		}
		if one.state, err = c.state(ctx, database, name); err != nil {
			return nil, fmt.Errorf("ask for the state of %q: %w", name, err)
		}
		found = append(found, one)
	}
	slices.SortFunc(found, func(a, b collection) int {
		if a.name < b.name {
			return -1
		}
		return 1
	})
	return found, nil
}

// rows are those that are sealed: Milvus counts what was inserted a moment ago
// only later.
func (c *client) rows(ctx context.Context, database, name string) (string, error) {
	answer, err := c.GetCollectionStatistics(ctx, &milvuspb.GetCollectionStatisticsRequest{DbName: database, CollectionName: name})
	if err := failed(answer.GetStatus(), err); err != nil {
		return "", err
	}
	for _, pair := range answer.GetStats() {
		if pair.GetKey() == "row_count" {
			return pair.GetValue(), nil
		}
	}
	return "?", nil
}

func (c *client) state(ctx context.Context, database, name string) (string, error) {
	answer, err := c.GetLoadState(ctx, &milvuspb.GetLoadStateRequest{DbName: database, CollectionName: name})
	if err := failed(answer.GetStatus(), err); err != nil {
		return "", err
	}
	words := map[commonpb.LoadState]string{
		commonpb.LoadState_LoadStateLoaded:  "loaded",
		commonpb.LoadState_LoadStateLoading: "loading",
		commonpb.LoadState_LoadStateNotLoad: "released",
	}
	if word, known := words[answer.GetState()]; known {
		return word, nil
	}
	return "?", nil
}

func showCollections(out io.Writer, found []collection) error {
	if len(found) == 0 {
		_, err := fmt.Fprintln(out, "No collections.")
		return err
	}
	rows := []string{"DATABASE\tCOLLECTION\tROWS\tSTATE\tCREATED"}
	for _, c := range found {
		rows = append(rows, fmt.Sprintf("%s\t%s\t%s\t%s\t%s", c.database, c.name, c.rows, c.state, c.created.UTC().Format("2006-01-02 15:04")))
	}
	return table(out, rows...)
}

// table writes rows in columns; cells are separated by tabs.
func table(w io.Writer, rows ...string) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, row := range rows {
		if _, err := fmt.Fprintln(t, row); err != nil {
			return err
		}
	}
	return t.Flush()
}
