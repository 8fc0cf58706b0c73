package main

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/milvus-io/milvus-proto/go-api/v2/milvuspb"

	"github.com/infinitescribe/spellbook/plugins/sdk"
)

// databaseName is Milvus's rule, and so is longestName in bytes.
var databaseName = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)

const longestName = 255

// parseDatabases reads MILVUS_DATABASES: names separated by commas; empty parts
// count for nothing.
func parseDatabases(list string) ([]string, error) {
	var names []string
	for name := range strings.SplitSeq(list, ",") {
		name = strings.TrimSpace(name)
		switch {
		case name == "":
			continue
		case !databaseName.MatchString(name):
			return nil, fmt.Errorf("database %q: a name has letters, digits and underscores, and no digit first", name)
		case len(name) > longestName:
			return nil, fmt.Errorf("database %q: a name has %d characters at most", name, longestName)
		case slices.Contains(names, name):
			return nil, fmt.Errorf("database %q is listed twice", name)
		}
		names = append(names, name)
	}
	return names, nil
}

func validate(config sdk.Config) []sdk.Diagnostic {
	if _, err := parseDatabases(config["MILVUS_DATABASES"]); err != nil {
		return []sdk.Diagnostic{badDatabases(err)}
	}
	return nil
}

func badDatabases(err error) sdk.Diagnostic {
	return sdk.Diagnostic{Code: "MILVUS_DATABASES_INVALID", Summary: err.Error(), Path: "MILVUS_DATABASES", Hint: "MILVUS_DATABASES=articles,images"}
}

func createListed(ctx context.Context, run *sdk.Run) error {
	wanted, err := parseDatabases(run.Config("MILVUS_DATABASES"))
	if err != nil {
		return badDatabases(err)
	}
	if len(wanted) == 0 {
		return nil
	}
	return with(run, func(c *client) error { return c.createDatabases(ctx, wanted, run) })
}

func (c *client) createDatabases(ctx context.Context, wanted []string, run *sdk.Run) error {
	there, err := c.databases(ctx)
	if err != nil {
		return err
	}
	for _, name := range wanted {
		created := !slices.Contains(there, name)
		if created && !run.DryRun {
			if created, err = c.createDatabase(ctx, name); err != nil {
				return fmt.Errorf("create database %q: %w", name, err)
			}
		}
		if created {
			run.Created("database", name)
		} else {
			run.Existed("database", name)
		}
	}
	return nil
}

// createDatabase says whether it was this call that created it. Milvus has no
// code for one that exists, so after a failure the list decides.
func (c *client) createDatabase(ctx context.Context, name string) (bool, error) {
	status, err := c.CreateDatabase(ctx, &milvuspb.CreateDatabaseRequest{DbName: name})
	if err = failed(status, err); err == nil {
		return true, nil
	}
	if there, listed := c.databases(ctx); listed == nil && slices.Contains(there, name) {
		return false, nil
	}
	return false, err
}

func (c *client) databases(ctx context.Context) ([]string, error) {
	answer, err := c.ListDatabases(ctx, &milvuspb.ListDatabasesRequest{})
	if err := failed(answer.GetStatus(), err); err != nil {
		return nil, fmt.Errorf("list databases: %w", err)
	}
	return slices.Sorted(slices.Values(answer.GetDbNames())), nil
}
