package main

import (
	"fmt"
	"io"
	"strings"
	"time"
)

// figures are the counts of one file.
type figures struct {
	mutants, killed, timeout, equivalent, survived int
	took                                           time.Duration
}

// report prints the figures by file and what makes the gate fail. bad says
// that it does.
func report(out io.Writer, list []*mutant, files []string, reasons map[string]string, workers int) (bad bool, err error) {
	var text strings.Builder
	table(&text, count(list, reasons), files, workers)
	for _, m := range list {
		_, listed := reasons[m.key()]
		if (m.fate == survived) == listed {
			continue
		}
		bad = true
		verdict := "SURVIVED"
		if listed {
			verdict = "LISTED, BUT DIES"
		}
		fmt.Fprintf(&text, "%s %s:%d: %s\n", verdict, m.file, m.line, m.key())
	}
	_, err = io.WriteString(out, text.String())
	return bad, err
}

// count adds up the fates by file.
func count(list []*mutant, reasons map[string]string) map[string]*figures {
	by := map[string]*figures{}
	for _, m := range list {
		f := by[m.file]
		if f == nil {
			f = &figures{}
			by[m.file] = f
		}
		f.mutants++
		f.took += m.took
		switch _, listed := reasons[m.key()]; {
		case m.fate == killed:
			f.killed++
		case m.fate == timedOut:
			f.timeout++
		case listed:
			f.equivalent++
		default:
			f.survived++
		}
	}
	return by
}

// table prints a row a file. The workers share the time.
func table(out *strings.Builder, by map[string]*figures, files []string, workers int) {
	width := len("file")
	for _, file := range files {
		width = max(width, len(file))
	}
	fmt.Fprintf(out, "\n%-*s %8s %8s %8s %11s %9s %8s\n", width, "file", "mutants", "killed", "timeout", "equivalent", "survived", "minutes")
	for _, file := range files {
		f := by[file]
		if f == nil {
			f = &figures{}
		}
		fmt.Fprintf(out, "%-*s %8d %8d %8d %11d %9d %8.1f\n", width, file, f.mutants, f.killed, f.timeout, f.equivalent, f.survived, f.took.Minutes()/float64(workers))
	}
}
