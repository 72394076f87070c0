package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"rollcall/.ci/suite"
)

// plantedToken is a secret that the program is given, and that it tells.
const plantedToken = "planted-Token-0815"

// missingMarker is what is said of output without its end marker.
const missingMarker = "does not end with end_marker"

// commandFault is one way in which a program gives no whole file.
type commandFault struct {
	fault, says string
	// script is what the program does instead of writing the file $F.
	script string
	// keys stand beside command in the configuration.
	keys string
	// marker says that only a configured end marker shows the fault.
	marker bool
	// cut says that a configured end marker is missing too, which is said first.
	cut bool
	// spoil is what happens in place of another script.
	spoil func(*faultWorld)
}

// commandFaults are those of a program. The slow ones have little time.
func commandFaults() []commandFault {
	const half, slow = "head -n 4 $F; ", ", timeout: 4s"
	return []commandFault{
		{fault: "exit code 1 without output", says: "exit status 1", script: "exit 1"},
		{fault: "exit code 3 after the whole output", says: "exit status 3", script: "cat $F; exit 3"},
		{fault: "exit code 1 after half of the output", says: "exit status 1", script: half + "exit 1"},
		{fault: "killed after half of the output", says: "signal: killed", script: half + "kill -KILL $$"},
		{fault: "ended by SIGTERM after the whole output", says: "signal: terminated", script: "cat $F; kill -TERM $$"},
		{fault: "no output in time", says: "timed out", script: "exec sleep 600", keys: slow},
		{fault: "half of the output in time", says: "timed out", script: half + "sleep 600", keys: slow},
		{fault: "the whole output, but no end in time", says: "timed out", script: "cat $F; exec sleep 600", keys: slow},
		{fault: "it closes the output and goes on", says: "timed out", script: "cat $F; exec >&-; sleep 600", keys: slow},
		{fault: "it ignores SIGTERM", says: "timed out", script: "trap '' TERM; " + half + "while :; do sleep 1; done", keys: slow},
		{fault: "it ends, and a child holds the output", says: "timed out", script: "cat $F; sleep 600 & exit 0", keys: slow},
		{fault: "it ends, and a child in its own session holds the output", says: "timed out", script: half + "setsid sleep 30 & exit 0", keys: slow},
		{fault: "more output than `max_megabytes`", says: "wrote more than 1 MB", script: "cat $F; yes x,x@corp.example,none | head -c 3000000", keys: ", max_megabytes: 1"},
		{fault: "output without end", says: "wrote more than 1 MB", script: "cat $F; exec yes x,x@corp.example,none", keys: ", max_megabytes: 1"},
		{fault: "exit code 0 without output", says: "the input is empty", script: "exit 0", cut: true},
		{fault: "exit code 0 after the header", says: "no rows", script: "head -n 1 $F", cut: true},
		{fault: "exit code 0 after half of the output", says: missingMarker, script: half, marker: true},
		{fault: "exit code 0 without the end marker", says: missingMarker, script: "grep -v end $F", marker: true},
		{fault: "a row behind the end marker", says: "row follows the end marker", script: "cat $F; echo x,x@corp.example,staff", marker: true},
		{fault: "an error message instead of the file", says: "columns.email", script: "echo ERROR: no connection; echo", cut: true},
		{fault: "a damaged row", says: ":6:", script: "sed s/stays3@corp.example/none/ $F"},
		{fault: "bytes that are no text", says: "export:5:1: id: NUL byte", script: "head -n 4 $F; head -c 1000 /dev/zero; echo", cut: true},
		{fault: "secrets on standard error, exit code 1", says: "exit status 1", script: `echo "password=hunter2 sk_test_abcdefghijklmnop0123456789" >&2; exit 1`},
		{fault: "a flood on standard error, exit code 1", says: "exit status 1", script: "yes error | head -c 3000000 >&2; cat $F; exit 1"},
		{fault: "the program is missing", says: "it cannot be run", spoil: func(w *faultWorld) { w.must(os.Remove(w.path("export"))) }},
		{fault: "the program is not executable", says: "it cannot be run", spoil: func(w *faultWorld) { w.must(os.Chmod(w.path("export"), 0o600)) }},
		{fault: "the program cannot be started", says: "could not be started", spoil: func(w *faultWorld) {
			w.must(os.Remove(w.path("export")))
			w.install("#!/nowhere/interpreter\n")
		}},
	}
}

// install puts the program there. It is written by another process: this one starts
// others meanwhile, and what they hold open for writing cannot be run.
func (w *faultWorld) install(text string) {
	w.Helper()
	w.write("export.txt", text)
	if out, err := exec.CommandContext(w.Context(), "install", "-m", "700", w.path("export.txt"), w.path("export")).CombinedOutput(); err != nil {
		w.Fatalf("%v: %s", err, out)
	}
}

// commandSource has a program that runs a script. The file is $F there.
func commandSource(keys string, marked bool) func(*faultWorld) {
	return func(w *faultWorld) {
		end := ""
		if marked {
			keys, end = keys+`, end_marker: "#end"`, "#end\n"
		}
		w.install(fmt.Sprintf("#!/bin/sh\nF='%s'\n. '%s'\n", w.path("people.csv"), w.path("script")))
		whole := func(day int) { w.write("people.csv", faultCSV(day)+end); w.write("script", "cat $F\n") }
		whole(0)
		w.tomorrow = func() { whole(1) }
		w.csvKeys(fmt.Sprintf("command: [%q, argument]", w.path("export")) + keys)
	}
}

// row is the fault with or without an end marker.
func (f commandFault) row(marked bool) faultRow {
	if f.cut && marked {
		f.says = missingMarker
	}
	return faultRow{
		source: "command", fault: f.fault, says: f.says, open: commandSource(f.keys, marked), long: f.keys == ", timeout: 4s",
		spoil: func(w *faultWorld) {
			w.tomorrow()
			if f.spoil != nil {
				f.spoil(w)
				return
			}
			w.write("script", f.script+"\n")
		},
		repair: func(w *faultWorld) {
			if f.spoil != nil {
				_ = os.Remove(w.path("export")) // it may be gone
				w.install(fmt.Sprintf("#!/bin/sh\nF='%s'\n. '%s'\n", w.path("people.csv"), w.path("script")))
			}
		},
	}
}

// commandRows are the faults in the document.
func commandRows() []faultRow {
	var rows []faultRow
	for _, f := range commandFaults() {
		rows = append(rows, f.row(f.marker))
	}
	return rows
}

// What a program does wrong takes nothing from anybody and holds up nobody else,
// with and without an end marker; whole again, everything that waited is done.
func TestS14NoFaultOfAProgramRemovesAnybody(t *testing.T) {
	cells := 0
	for i, f := range commandFaults() {
		for _, marked := range []bool{false, true} {
			if f.marker && !marked {
				continue
			}
			row := f.row(marked)
			cells++
			if suite.Short(t) && (row.long || i%10 != 0) {
				continue
			}
			t.Run(fmt.Sprintf("%s, end marker %t", row.fault, marked), func(t *testing.T) {
				t.Parallel()
				cell := runFault(t, &row)
				if cell.loss || cell.gain || !cell.others || cell.holds != "S14" || cell.code != 1 {
					t.Errorf("a failed read did this: %+v", cell)
				}
			})
		}
	}
	if cells < 40 {
		t.Errorf("%d cells only", cells)
	}
}

// A program that fails tells the log why, and no secret: neither the values that it
// was given nor what looks like a key, however it is told (S43).
func TestS43WhatAProgramSaysHasNoSecrets(t *testing.T) {
	t.Setenv("HR_TOKEN", plantedToken)
	t.Setenv("CLERK_SECRET_KEY", "sk_test_planted")
	for _, code := range []string{"0", "1"} {
		row := commandFault{keys: ", environment: [HR_TOKEN]"}.row(false)
		w := newFaultWorld(t, &row)
		key := strings.TrimSpace(read(t, w.path("key")))
		w.write("script", fmt.Sprintf("cat $F\n"+`printf 'line one\033[31m\n%%s token: hunter2hunter2 https://u:pass@host/?sig=abc\n%%s|%%s|' "$HR_TOKEN" "$(cat %s)" "$CLERK_SECRET_KEY" >&2; exit %s`+"\n", w.path("key"), code))
		_, stdout, stderr := w.apply("")
		for _, secret := range []string{plantedToken, "hunter2", "u:pass", "sig=abc", key, "sk_test_planted", "\x1b[31m"} {
			if strings.Contains(stdout+stderr, secret) {
				t.Errorf("exit %s: %q is told:\n%s%s", code, secret, stdout, stderr)
			}
		}
		if !strings.Contains(stderr, "line one") || !strings.Contains(stderr, "[HR_TOKEN]") || strings.Contains(stderr, "WARN\tsource\tthe program says") != (code == "1") {
			t.Errorf("exit %s: the log lacks what the program said:\n%s", code, stderr)
		}
	}
}

// Root runs no program that somebody else could write or replace; its own it runs (S34).
func TestS34RootRunsNoProgramOfOthers(t *testing.T) {
	t.Parallel()
	if os.Geteuid() != 0 {
		t.Skip("only root is refused")
	}
	const nobody = 65534
	for name, spoil := range map[string]func(*faultWorld){
		"everybody may write it": func(w *faultWorld) { w.must(os.Chmod(w.path("export"), 0o777)) },
		"it belongs to somebody": func(w *faultWorld) { w.must(os.Chown(w.path("export"), nobody, nobody)) },
		"its group may write it": func(w *faultWorld) {
			w.must(os.Chown(w.path("export"), 0, nobody))
			w.must(os.Chmod(w.path("export"), 0o770))
		},
		"everybody may replace it": func(w *faultWorld) { w.must(os.Chmod(w.dir, 0o777)) },
		"it is a link of somebody": func(w *faultWorld) {
			w.must(os.Rename(w.path("export"), w.path("real")))
			w.must(os.Symlink(w.path("real"), w.path("export")))
			w.must(os.Lchown(w.path("export"), nobody, nobody))
		},
	} {
		t.Run(name, func(t *testing.T) {
			f := commandFault{says: "root does not run the program", spoil: spoil}
			row := f.row(false)
			repair := row.repair
			row.repair = func(w *faultWorld) {
				w.must(os.Chmod(w.dir, 0o755))
				repair(w)
			}
			if cell := runFault(t, &row); cell.gain || cell.loss || cell.holds != "S14" || !cell.others {
				t.Errorf("a program of others did this: %+v", cell)
			}
		})
	}
}

// The program has ended with all that it started when the run ends.
func TestAProgramEndsWithTheRun(t *testing.T) {
	t.Parallel()
	row := commandFault{keys: ", timeout: 4s"}.row(false)
	w := newFaultWorld(t, &row)
	w.write("script", "sleep 600 & echo $! >'"+w.path("child")+"'; cat $F; wait\n")
	code, stdout, stderr := w.apply("")
	child := strings.TrimSpace(read(t, w.path("child")))
	stat, err := os.ReadFile(filepath.Join("/proc", child, "stat"))
	if code != 1 || !strings.Contains(stdout, "timed out") || err == nil && !strings.Contains(string(stat), ") Z ") {
		t.Errorf("exit %d, the child is %q\n%s%s", code, stat, stdout, stderr)
	}
}
