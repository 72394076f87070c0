// Command test is go test for a list of packages, which shows what was skipped.
//
//	go run ./.ci/test ./...
//
// go test discards the output of a package that passes, and with it the line
// that counts the skipped tests. The command runs go test -json with its own
// arguments and prints a line for each package, the line of the skipped tests
// below it, and the output of the tests that fail. It ends with the exit code
// of go test.
package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"time"
)

// event is a line of go test -json (go doc test2json).
type event struct {
	Action, Package, Test, Output string
	Elapsed                       float64
}

func main() {
	began := time.Now()
	cmd := exec.Command("go", append([]string{"test", "-json"}, os.Args[1:]...)...)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	}
	show(os.Stdout, out)
	err = cmd.Wait()
	fmt.Printf("%.1f s in all\n", time.Since(began).Seconds())
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		os.Exit(exit.ExitCode())
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	}
}

// show writes what the events mean.
func show(w io.Writer, events io.Reader) {
	said := map[[2]string]*strings.Builder{} // by package and test
	lines := bufio.NewReader(events)
	for {
		line, err := lines.ReadBytes('\n')
		if len(line) > 0 {
			var e event
			if json.Unmarshal(line, &e) != nil {
				_, _ = w.Write(line) // a complaint of the go command
			} else {
				e.show(w, said)
			}
		}
		if err != nil {
			return
		}
	}
}

func (e event) show(w io.Writer, said map[[2]string]*strings.Builder) {
	key := [2]string{e.Package, e.Test}
	switch e.Action {
	case "build-output":
		fmt.Fprint(w, e.Output)
	case "output":
		if said[key] == nil {
			said[key] = &strings.Builder{}
		}
		said[key].WriteString(e.Output)
	case "fail", "pass", "skip":
		text := ""
		if b := said[key]; b != nil {
			text = b.String()
			delete(said, key)
		}
		if e.Action == "fail" {
			fmt.Fprint(w, text)
		}
		if e.Test == "" {
			e.showPackage(w, text)
		}
	}
}

// showPackage writes the line of a package; one without tests has none.
func (e event) showPackage(w io.Writer, text string) {
	if e.Action == "pass" {
		fmt.Fprintf(w, "%-45s %7.1f s\n", e.Package, e.Elapsed)
		for line := range strings.Lines(text) {
			if strings.HasPrefix(line, "skipped: ") {
				fmt.Fprintf(w, "    %s", line)
			}
		}
	}
}
