package main

import (
	"fmt"
	"os"
	"strconv"

	"github.com/rogpeppe/go-internal/testscript"

	"rollcall/source/file/filetest"
)

// web is an HTTPS server of a script, with the files of a directory.
type web struct {
	*filetest.Web
	files   *filetest.Directory
	printed int // requests that the script has seen
}

// scriptWeb starts an HTTPS server, has it cut what it sends, prints what it
// was asked since, or ends it.
func scriptWeb(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) == 0 {
		ts.Fatalf("usage: web start DIR | cut BYTES | requests | stop")
	}
	s := serverOf(ts)
	switch args[0] {
	case "start":
		s.web = startWeb(ts, ts.MkAbs(args[1]))
	case "cut":
		n, err := strconv.Atoi(args[1])
		ts.Check(err)
		s.web.files.Cut(n)
	case "requests":
		s.web.print(ts)
	case "stop":
		s.web.Close()
	default:
		ts.Fatalf("web: no such word: %s", args[0])
	}
}

func startWeb(ts *testscript.TestScript, dir string) *web {
	w := &web{files: &filetest.Directory{Dir: dir}}
	w.Web = filetest.NewWeb(w.files)
	w.StartTLS()
	ts.Defer(w.Close)
	ca := ts.MkAbs("web-ca.pem")
	ts.Check(os.WriteFile(ca, w.CA(), 0o600))
	ts.Setenv("WEB_URL", w.URL)
	ts.Setenv("WEB_CA", ca)
	return w
}

func (w *web) print(ts *testscript.TestScript) {
	asked := w.Requests()[w.printed:]
	for _, r := range asked {
		_, err := fmt.Fprintf(ts.Stdout(), "%d %s %s\n", r.Status, r.Method, r.URL.Path)
		ts.Check(err)
	}
	_, err := fmt.Fprintf(ts.Stdout(), "%d requests\n", len(asked))
	ts.Check(err)
	w.printed += len(asked)
}
