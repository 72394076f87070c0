package main

import (
	"encoding/json"
	"go/parser"
	"go/token"
	"io"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// forbidden says which package may not import which, and why. Paths match
// themselves and everything below them.
var forbidden = []struct{ from, to, why string }{
	{"rollcall/source", "rollcall/clerkapi", "a directory knows nothing of Clerk"},
	{"rollcall/source", "rollcall/sync", "a directory knows nothing of what is done with it"},
	{"rollcall/source", "rollcall/cmd", "imports point down"},
	{"rollcall/source/file", "rollcall/source/csvfile", "a file is fetched whole before anybody reads it"},
	{"rollcall/source/file", "rollcall/source/ldap", "one kind of source knows nothing of another"},
	{"rollcall/source/csvfile", "rollcall/source/ldap", "one kind of source knows nothing of another"},
	{"rollcall/source/ldap", "rollcall/source/csvfile", "one kind of source knows nothing of another"},
	{"rollcall/source/ldap", "rollcall/source/file", "one kind of source knows nothing of another"},
	{"rollcall/source/internal", "rollcall/source/file", "helpers know nothing of those whom they help"},
	{"rollcall/source/internal", "rollcall/source/csvfile", "helpers know nothing of those whom they help"},
	{"rollcall/source/internal", "rollcall/source/ldap", "helpers know nothing of those whom they help"},
	{"rollcall/source/ldap/internal/wire", "rollcall/source/ldap/internal/people", "the protocol knows nothing of people"},
	{"rollcall/sync", "rollcall/source/file", "sync knows no kind of source"},
	{"rollcall/sync", "rollcall/source/csvfile", "sync knows no kind of source"},
	{"rollcall/sync", "rollcall/source/ldap", "sync knows no kind of source"},
	{"rollcall/clerkapi", "rollcall/source", "the client knows nothing of directories"},
	{"rollcall/clerkapi", "rollcall/sync", "the client knows nothing of what is done with it"},
	{"rollcall/clerkapi", "rollcall/cmd", "imports point down"},
	{"rollcall/sync", "rollcall/cmd", "imports point down"},
	{"rollcall/sync", "rollcall/clerkapi/sandbox", "the sandbox is for tests and for trying"},
	{"rollcall/sync", "net/http", "calls go through the interface that sync declares"},
	{"rollcall/sync", "github.com/go-ldap/ldap/v3", "sync knows no kind of source"},
	{"rollcall/sync", "golang.org/x/crypto", "sync knows no kind of source"},
	{"rollcall/sync", "github.com/robfig/cron/v3", "sync does not know when it runs"},
	{"rollcall/sync", "github.com/goccy/go-yaml", "sync is given values, not files"},
	{"rollcall/sync", "github.com/spf13", "sync has no command line"},
	{"rollcall/sync", "github.com/jedib0t/go-pretty/v6", "sync never prints"},
	{"rollcall/sync", "golang.org/x/term", "sync never prints"},
	{"rollcall", "rollcall/sync/internal/fake", "fakes are for tests"},
	{"rollcall/clerkapi", "github.com/go-ldap/ldap/v3", "the client speaks HTTP only"},
	{"rollcall/cmd/rollcall/internal", "github.com/spf13", "only the verbs know the command line"},
	{"rollcall/cmd/rollcall/internal/serve", "rollcall/cmd/rollcall/internal/runner", "a service does not know what a run is"},
	{"rollcall/cmd/rollcall/internal/report", "rollcall/cmd/rollcall/internal/runner", "a report does not know how the run was made"},
	{"rollcall/cmd/rollcall/internal/escape", "rollcall/sync", "escaping knows nothing of what is escaped"},
	{"rollcall/cmd/rollcall/internal/escape", "rollcall/cmd", "escaping knows nothing of what is escaped"},
	{"rollcall/cmd/rollcall/internal/help", "rollcall/sync", "topics are text, and know nothing of what they explain"},
	{"rollcall/cmd/rollcall/internal/help", "rollcall/source", "topics are text, and know nothing of what they explain"},
	{"rollcall/cmd/rollcall/internal/terminal", "rollcall", "the layout of lines knows nothing of what they say"},
	{"rollcall/cmd", "github.com/go-ldap/ldap/v3", "directories are read by source"},
	{"rollcall/cmd", "golang.org/x/crypto/ssh", "files of servers are read by source"},
	{"rollcall/cmd", "net/http", "Clerk is called by clerkapi, people by notify; statuspage answers them"},
}

// speakHTTP may import net/http although what is around them may not.
var speakHTTP = []string{"rollcall/cmd/rollcall/internal/notify", "rollcall/cmd/rollcall/internal/statuspage", "rollcall/cmd/rollcall/internal/statuspage/signin",
	"rollcall/cmd/rollcall/internal/statuspage/runrequest"}

type listed struct {
	ImportPath, Dir  string
	Imports, GoFiles []string
}

func packages(t *testing.T) []listed {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), "go", "list", "-json=ImportPath,Dir,Imports,GoFiles", "rollcall/...").Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	var all []listed
	for d := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p listed
		if err := d.Decode(&p); err == io.EOF {
			return all
		} else if err != nil {
			t.Fatal(err)
		}
		all = append(all, p)
	}
}

func within(path, root string) bool { return path == root || strings.HasPrefix(path, root+"/") }

func TestImportsPointDown(t *testing.T) {
	t.Parallel()
	all := packages(t)
	if len(all) < 5 {
		t.Fatalf("go list found %d packages only", len(all))
	}
	for _, p := range all {
		for _, imported := range p.Imports {
			for _, f := range forbidden {
				excepted := imported == "net/http" && slices.Contains(speakHTTP, p.ImportPath)
				if within(p.ImportPath, f.from) && within(imported, f.to) && !excepted {
					t.Errorf("%s imports %s: %s", p.ImportPath, imported, f.why)
				}
			}
		}
	}
}

// inputOutput is what package source may not import: it holds values, and its
// readers ask files and servers.
var inputOutput = []string{"os", "io", "bufio", "net", "net/http", "crypto/tls"}

func TestSourceItselfHasNoInputOrOutput(t *testing.T) {
	for _, p := range packages(t) {
		for _, imported := range p.Imports {
			if p.ImportPath == "rollcall/source" && (slices.Contains(inputOutput, imported) || within(imported, "rollcall/source")) {
				t.Errorf("%s imports %s: it holds values, and its readers ask files and servers", p.ImportPath, imported)
			}
		}
	}
}

// A reader of sync.X must not have to look which of the two packages it is:
// beside rollcall/sync, the standard one is imported as stdsync.
func TestStandardSyncHasItsOwnName(t *testing.T) {
	t.Parallel()
	for _, p := range packages(t) {
		if !slices.Contains(p.Imports, "rollcall/sync") || !slices.Contains(p.Imports, "sync") {
			continue
		}
		for _, name := range p.GoFiles {
			file, err := parser.ParseFile(token.NewFileSet(), filepath.Join(p.Dir, name), nil, parser.ImportsOnly)
			if err != nil {
				t.Fatal(err)
			}
			for _, i := range file.Imports {
				if i.Path.Value == `"sync"` && (i.Name == nil || i.Name.Name != "stdsync") {
					t.Errorf("%s of %s imports the standard sync beside rollcall/sync: call it stdsync", name, p.ImportPath)
				}
			}
		}
	}
}
