package main

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	stdsync "sync"

	"github.com/rogpeppe/go-internal/testscript"
)

// receiver is what the notifications of a script go to.
type receiver struct {
	server *httptest.Server
	mutex  stdsync.Mutex
	lines  []string
}

func (r *receiver) ServeHTTP(_ http.ResponseWriter, got *http.Request) {
	body, err := io.ReadAll(got.Body)
	r.mutex.Lock()
	defer r.mutex.Unlock()
	r.lines = append(r.lines, fmt.Sprintf("%s %s %s", got.Method, strings.TrimPrefix(got.URL.Path, receiverPath), body))
	if err != nil {
		r.lines = append(r.lines, err.Error())
	}
}

// scriptReceiver starts a receiver and writes an address of it into each file,
// prints what has come since it was last asked, or ends it.
func scriptReceiver(ts *testscript.TestScript, neg bool, args []string) {
	s := serverOf(ts)
	switch {
	case neg || len(args) == 0:
		ts.Fatalf("usage: receiver start FILE... | requests | stop")
	case args[0] == "start":
		s.receiver = &receiver{}
		s.receiver.server = httptest.NewServer(s.receiver)
		ts.Defer(s.receiver.server.Close)
		for _, name := range args[1:] {
			ts.Check(os.WriteFile(ts.MkAbs(name), []byte(s.receiver.server.URL+receiverPath+"/"+name+"\n"), 0o600))
		}
	case args[0] == "stop":
		s.receiver.server.Close()
	case args[0] == "requests":
		s.receiver.mutex.Lock()
		defer s.receiver.mutex.Unlock()
		for _, line := range s.receiver.lines {
			_, err := fmt.Fprintln(ts.Stdout(), line)
			ts.Check(err)
		}
		_, err := fmt.Fprintf(ts.Stdout(), "%d requests\n", len(s.receiver.lines))
		ts.Check(err)
		s.receiver.lines = nil
	}
}
