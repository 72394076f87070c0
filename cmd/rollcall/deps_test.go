package main

import (
	"encoding/json"
	"io"
	"os/exec"
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
	{"rollcall/sync", "github.com/vbauerster/mpb/v8", "sync never prints"},
	{"rollcall/sync", "golang.org/x/term", "sync never prints"},
	{"rollcall/clerkapi", "github.com/go-ldap/ldap/v3", "the client speaks HTTP only"},
	{"rollcall/cmd", "github.com/go-ldap/ldap/v3", "directories are read by source"},
	{"rollcall/cmd", "golang.org/x/crypto/ssh", "files of servers are read by source"},
	{"rollcall/cmd", "net/http", "Clerk is called by clerkapi, people by notify; statuspage answers them"},
}

// speakHTTP may import net/http although what is around them may not.
var speakHTTP = []string{"rollcall/cmd/rollcall/internal/notify", "rollcall/cmd/rollcall/internal/statuspage"}

type listed struct {
	ImportPath string
	Imports    []string
}

func packages(t *testing.T) []listed {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), "go", "list", "-json=ImportPath,Imports", "rollcall/...").Output()
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

// Whoever reads sync.X must not have to look which of the two it is.
func TestNobodyImportsBothPackagesSync(t *testing.T) {
	for _, p := range packages(t) {
		ours, standard := false, false
		for _, imported := range p.Imports {
			ours = ours || imported == "rollcall/sync"
			standard = standard || imported == "sync"
		}
		if ours && standard {
			t.Errorf("%s imports both rollcall/sync and the standard sync", p.ImportPath)
		}
	}
}
