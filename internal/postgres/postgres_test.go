package postgres

import (
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/infinitescribe/spellbook/internal/failure"
)

const sample = `-- Settings
DO 'BEGIN … END';
--
-- PostgreSQL database dump
--

\restrict abc

-- Dumped from database version 15.20 (Debian 15.20-0+deb12u1)
-- Dumped by pg_dump version 15.20 (Debian 15.20-0+deb12u1)

SET statement_timeout = 0;
--
-- PostgreSQL database dump complete
--

\unrestrict abc

`

func TestAWholeDumpIsToldFromAnythingElse(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		sample: "",
		strings.NewReplacer("\\restrict abc\n", "", "\\unrestrict abc\n", "").Replace(sample):          "", // of a pg_dump before August 2025
		strings.TrimSuffix(sample, "-- PostgreSQL database dump complete\n--\n\n\\unrestrict abc\n\n"): "cut short",
		strings.Split(sample, " complete")[0]:                                                          "cut short",
		sample + "DROP TABLE a;\n":                                                                     "cut short",
		"":                                                                                             "something else",
		"PGDMP\x01\x0e" + sample:                                                                       "custom format",
		"\x1f\x8b\x08" + sample:                                                                        "compressed",
		"--\n-- PostgreSQL database cluster dump\n--\n" + sample:                                       "a whole server",
		"SELECT 1;\n--\n" + Complete + "\n":                                                            "something else",
	} {
		name := filepath.Join(t.TempDir(), "dump.sql")
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		f, err := os.Open(name)
		if err != nil {
			t.Fatal(err)
		}
		d, err := Check(f, "dump.sql")
		_ = f.Close()
		switch {
		case want == "" && (err != nil || d.Bytes != int64(len(text)) || d.Major != 15):
			t.Errorf("%q: %+v, %v", text, d, err)
		case want != "" && (failure.CodeOf(err) != failure.Preflight || !strings.Contains(err.Error(), want)):
			t.Errorf("%q: %v, not %q", text, err, want)
		}
	}
}

func TestADirectoryIsNoDump(t *testing.T) {
	t.Parallel()
	f, err := os.Open(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	if _, err := Check(f, "there"); failure.CodeOf(err) != failure.Preflight {
		t.Errorf("a directory: %v", err)
	}
}

func TestTheEndOfADumpIsSeenHoweverItComes(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("x\n", end) + sample
	var tail Tail
	if _, err := io.Copy(&tail, iotest.OneByteReader(strings.NewReader(long))); err != nil || !tail.Ended() || tail.Bytes != int64(len(long)) {
		t.Errorf("%d bytes, ended %v, %v", tail.Bytes, tail.Ended(), err)
	}
	if _, _ = tail.Write([]byte("SELECT 1;\n")); tail.Ended() {
		t.Error("what comes behind the last line is part of no dump")
	}
}

const large = `COPY public.t (a) FROM stdin;
-- Data for Name: BLOBS; Type: BLOBS; Schema: -; Owner: -
BEGIN;
COMMIT;
\.

--
-- Data for Name: BLOBS; Type: BLOBS; Schema: -; Owner: -
--

BEGIN;

SELECT pg_catalog.lo_open('16448', 131072);

COMMIT;

--
-- Name: p(); Type: PROCEDURE; Schema: public; Owner: scribe
--

CREATE PROCEDURE public.p() AS $$
BEGIN;
COMMIT;
$$;
`

func TestOnlyTheTransactionAroundLargeObjectsIsLeftOut(t *testing.T) {
	t.Parallel()
	want := strings.Replace(strings.Replace(large, "--\n\nBEGIN;\n", "--\n\n", 1), "131072);\n\nCOMMIT;\n", "131072);\n\n", 1)
	row := strings.Repeat("y", 1<<19) + "\n"
	got, err := io.ReadAll(OneTransaction(iotest.OneByteReader(strings.NewReader(large + row + row))))
	if err != nil || string(got) != want+row+row {
		t.Errorf("%v\n%.900s", err, got)
	}
	if _, err := io.ReadAll(OneTransaction(iotest.ErrReader(io.ErrUnexpectedEOF))); err != io.ErrUnexpectedEOF { //nolint:errorlint // as it is
		t.Errorf("an error becomes %v", err)
	}
}

func TestAVersionIsWhatItBeginsWith(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]int{"15.20 (Debian)": 15, "16-alpine": 16, "9.6": 9, "latest": 0, "": 0} {
		if got := Major(text); got != want {
			t.Errorf("Major(%q) = %d", text, got)
		}
	}
}
