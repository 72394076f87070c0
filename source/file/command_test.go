package file_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"

	"rollcall/source"
	"rollcall/source/csvfile"
	"rollcall/source/file"
	"rollcall/source/internal/check"
)

// script is a CSV that a shell script writes.
func script(text string) csvfile.Config {
	return csvfile.Config{Columns: peopleForm(), Program: file.Program{Command: []string{"/bin/sh", "-c", text}}}
}

func openCommand(t *testing.T, c csvfile.Config, opts ...file.Options) *csvfile.Source {
	t.Helper()
	must(t, c.Validate())
	return csvfile.Open("hr", c, source.Canaries{}, append(opts, file.Options{})[0])
}

const twoPeople = `printf 'id,email,groups\n1,ann@corp.example,team\n2,ben@corp.example,team\n'`

func TestACommandIsRead(t *testing.T) {
	s := openCommand(t, script(twoPeople))
	snap, err := s.Read(t.Context(), source.Request{})
	if err != nil || len(snap.People) != 2 || len(snap.NoRemovals) != 0 || len(snap.Files) != 0 {
		t.Fatalf("%+v, %v", snap, err)
	}
	if at := snap.People[0].Origin.String(); !strings.Contains(at, "output of /bin/sh:2") || strings.Contains(at, "printf") {
		t.Errorf("Ann is at %s", at)
	}
	if said := s.Fetched(); said != `output of /bin/sh: 64 bytes, exit code 0, columns "id", "email", "groups"` {
		t.Errorf("fetched %s", said)
	}
}

// A read that fails leaves no snapshot, and says what happened without the arguments.
func TestS14ACommandThatFails(t *testing.T) {
	timed := script(twoPeople + "; sleep 600")
	timed.Timeout = 50 * time.Millisecond
	large := script("exec yes 1,ann@corp.example,team")
	large.MaxMegabytes = 1
	marked := script(twoPeople)
	marked.EndMarker = "#end"
	missing := csvfile.Config{Columns: peopleForm(), Program: file.Program{Command: []string{"/nowhere/export"}}}
	for name, x := range map[string]struct {
		config csvfile.Config
		says   string
	}{
		"exit code":  {script(twoPeople + "; echo why >&2; exit 7"), "run /bin/sh: the program failed: exit status 7; nothing from it was used; the log has"},
		"time":       {timed, "run /bin/sh: timed out"},
		"size":       {large, "run /bin/sh: wrote more than 1 MB; nothing from it was used; if that size is expected, raise max_megabytes"},
		"end marker": {marked, "run /bin/sh: ended with exit code 0, but its output does not end with end_marker"},
		"missing":    {missing, "run /nowhere/export: it cannot be run"},
	} {
		snap, err := openCommand(t, x.config).Read(t.Context(), source.Request{})
		if snap != nil || err == nil || !strings.Contains(err.Error(), x.says) || strings.Contains(err.Error(), "printf") || source.Outage(err) {
			t.Errorf("%s: %v, %v", name, snap, err)
		}
	}
}

func TestACancelledCommand(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	time.AfterFunc(20*time.Millisecond, cancel)
	snap, err := openCommand(t, script("sleep 600")).Read(ctx, source.Request{})
	if snap != nil || !errors.Is(err, context.Canceled) || !strings.Contains(err.Error(), "cancelled") {
		t.Errorf("%v, %v", snap, err)
	}
}

// What is not trusted is not run (S34).
func TestS34ACommandThatIsNotTrusted(t *testing.T) {
	o := file.Options{Trust: func(string) error { return errors.New("somebody else may write it") }}
	snap, err := openCommand(t, script(twoPeople), o).Read(t.Context(), source.Request{})
	if snap != nil || err == nil || !strings.Contains(err.Error(), "it was not run (somebody else may write it)") {
		t.Errorf("%v, %v", snap, err)
	}
}

// Standard error goes to the log, with the values of the variables covered (S43).
func TestS43WhatACommandSays(t *testing.T) {
	core, logs := observer.New(zap.InfoLevel)
	values := map[string]string{"PATH": "/usr/bin:/bin", "HR_TOKEN": "planted-token", "HR_SHORT": "eu", "OTHER": "never"}
	o := file.Options{Logger: zap.New(core), Cover: func(line string) string { return strings.ReplaceAll(line, "known", "*****") },
		Lookup: func(name string) (string, bool) { v, ok := values[name]; return v, ok }}
	c := script(`env | sort >&2; printf 'known \033[1m\n' >&2; ` + twoPeople)
	c.Environment = []string{"HR_TOKEN", "HR_SHORT", "HR_NOWHERE"}
	if _, err := openCommand(t, c, o).Read(t.Context(), source.Request{}); err != nil {
		t.Fatal(err)
	}
	var said []string
	for _, e := range logs.All() {
		said = append(said, fmt.Sprint(e.Level, " ", e.ContextMap()["stderr"]))
	}
	want := `info HR_SHORT=eu|info HR_TOKEN=[HR_TOKEN]|info PATH=/usr/bin:/bin|info PWD=/|info ***** \u001b[1m`
	if got := strings.Join(said, "|"); got != want {
		t.Errorf("said %s\nwant %s", got, want)
	}
	c.Command[2] = `i=0; while [ $i -lt 60 ]; do echo $i >&2; i=$((i+1)); done; exit 1`
	_, err := openCommand(t, c, o).Read(t.Context(), source.Request{})
	last := logs.All()[logs.Len()-1]
	if err == nil || last.Level != zap.WarnLevel || last.ContextMap()["lines"] != int64(10) {
		t.Errorf("%v, the last line is %+v", err, last)
	}
}

func TestProblemsOfACommand(t *testing.T) {
	for name, x := range map[string]struct {
		program file.Program
		want    string
	}{
		"none":         {file.Program{}, ""},
		"whole":        {file.Program{Command: []string{"/bin/a", "", "b c"}, Environment: []string{"A"}, Timeout: time.Minute}, ""},
		"not absolute": {file.Program{Command: []string{"a"}}, "csv.command"},
		"empty":        {file.Program{Command: []string{""}}, "csv.command"},
		"invisible":    {file.Program{Command: []string{"/a\u202e"}}, "csv.command"},
		"NUL":          {file.Program{Command: []string{"/a", "b\x00"}, Timeout: -1}, "csv.command[1] csv.timeout"},
		"no command":   {file.Program{Timeout: 1}, "csv.command"},
		"variables":    {file.Program{Command: []string{"/a"}, Environment: []string{"CLERK_SECRET_KEY", "", "A=B", "a b"}}, "csv.environment[0] csv.environment[1] csv.environment[2] csv.environment[3]"},
	} {
		var p check.Problems
		x.program.Validate(&p)
		var paths []string
		if joined, ok := p.Err().(interface{ Unwrap() []error }); ok {
			for _, err := range joined.Unwrap() {
				field, _ := errors.AsType[*source.FieldError](err)
				paths = append(paths, field.Path)
			}
		}
		if got := strings.Join(paths, " "); got != x.want {
			t.Errorf("%s: %s, want %s", name, got, x.want)
		}
	}
}
