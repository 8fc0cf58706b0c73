#!/usr/bin/env bash
# conc: Wait panics again with a value of its own, so http.ErrAbortHandler and errors.Is no longer recognise it.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
folder

cat >main.go <<'GO'
package main

import (
	"bytes"
	"fmt"
	"log"
	"net/http"
	"net/http/httptest"

	"github.com/sourcegraph/conc"
)

func main() {
	abort := func() { panic(http.ErrAbortHandler) }
	fmt.Println("in the handler:", logged(abort))
	fmt.Println("in conc.WaitGroup:", logged(func() {
		var group conc.WaitGroup
		group.Go(abort)
		group.Wait()
	}))
	defer func() {
		value := recover()
		_, isError := value.(error)
		fmt.Printf("recovered %T, an error: %v\n", value, isError)
	}()
	var group conc.WaitGroup
	group.Go(abort)
	group.Wait()
}

// logged says whether a server logs a stack of a handler that does the work.
func logged(work func()) string {
	var out bytes.Buffer
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { work() }))
	server.Config.ErrorLog = log.New(&out, "", 0)
	server.Start()
	_, _ = http.Get(server.URL)
	server.Close()
	if bytes.Contains(out.Bytes(), []byte("panic serving")) {
		return "a panic is logged"
	}
	return "nothing is logged"
}
GO

go_build github.com/sourcegraph/conc@v0.3.0
guess "Wait passes the panic on, as if the work had been called here: the same value"
seen "the program" "in the handler: nothing is logged
in conc.WaitGroup: a panic is logged
recovered *panics.Recovered, an error: false" "$(./program)"
matters "a recover that tells panics apart by value or errors.Is (aborted requests, test helpers, exit codes) sees an unknown one as
          soon as the work moves into a pool; the value is in Recovered.Value, an error only through AsError"
