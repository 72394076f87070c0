package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"rollcall/clerkapi/sandbox"
)

// Each kind of damage is refused with its place, and Clerk hears nothing of it.
func TestDamagedCSVSendsNothing(t *testing.T) {
	t.Parallel()
	const head = "id,email,teams,department\n"
	for name, c := range map[string]struct{ text, place string }{
		"empty file":             {"", ":1:1: "},
		"header only":            {head, ":2:1: "},
		"blank lines only":       {"\n\n", ":1:1: "},
		"missing column":         {"id,mail,teams,department\n1,a@corp.example,staff,x\n", "rollcall.yaml:2:64: sources[0].csv.columns.email: "},
		"missing attribute":      {"id,email,teams\n1,a@corp.example,staff\n", "no source has a column or attribute \"department\""},
		"column twice":           {"id,email,teams,department,email\n1,a@corp.example,staff,x,a@corp.example\n", ":1:27: email: "},
		"other delimiter":        {strings.ReplaceAll(head, ",", ";") + "1;a@corp.example;staff;x\n", "rollcall.yaml:2:22: sources[0].csv: "},
		"short row":              {head + "1,a@corp.example\n", ":2:3: "},
		"long row":               {head + "1,a@corp.example,staff,x,y\n", ":2:26: "},
		"no address":             {head + "1,nobody,staff,x\n", ":2:3: email: "},
		"two addresses in one":   {head + "1,a@b@corp.example,staff,x\n", ":2:3: email: "},
		"display name":           {head + "1,Ann <a@corp.example>,staff,x\n", ":2:3: email: "},
		"cut domain":             {head + "1,a@corp,staff,x\n", ":2:3: email: "},
		"NUL byte":               {head + "1,a\x00@corp.example,staff,x\n", ":2:3: email: "},
		"not utf-8":              {head + "1,a@corp.ex\xe4mple,staff,x\n", ":2:3: email: "},
		"utf-16 undeclared":      {"\xff\xfei\x00d\x00", ":1:1: "},
		"bidi override":          {head + "1,a\u202e@corp.example,staff,x\n", ":2:3: email: "},
		"Kelvin sign":            {head + "1,a@\u212aorp.example,staff,x\n", ":2:3: email: "},
		"control character":      {head + "1\a,a@corp.example,staff,x\n", ":2:1: id: "},
		"bare quote":             {head + "1,a@corp.example,st\"aff,x\n", ":2:"},
		"text after a quote":     {head + "1,a@corp.example,\"staff\"s,x\n", ":2:"},
		"quote never closed":     {head + "1,a@corp.example,\"staff,x\n", ":2:1: "},
		"neither address nor id": {head + ",,staff,x\n", ":2:2: email: "},
		"id with two addresses":  {head + "1,a@corp.example,staff,x\n1,b@corp.example,staff,x\n", ":3:1: id: "},
		"address with two ids":   {head + "1,a@corp.example,staff,x\n2,a@corp.example,staff,x\n", ":3:3: email: "},
		"rows that disagree":     {head + "1,a@corp.example,staff,x\n1,a@corp.example,staff,y\n", ":3:24: department: "},
	} {
		t.Run(name, func(t *testing.T) {
			server, config := damageSetup(t, c.text)
			for _, verb := range []string{"plan", "apply", "check"} {
				server.ForgetRequests()
				var stdout, stderr bytes.Buffer
				if code := run(t.Context(), []string{verb, "--config", config, "--state", t.TempDir()}, nil, &stdout, &stderr); code != 2 {
					t.Errorf("%s: exit code %d, want 2\n%s", verb, code, &stderr)
				}
				want := c.place
				if strings.HasPrefix(want, ":") {
					want = "people.csv" + want
				}
				said := &stderr
				if verb == "check" { // its findings are its output
					said = &stdout
				}
				if !strings.Contains(said.String(), want) {
					t.Errorf("%s: no %q in\n%s", verb, want, said)
				}
				// check asks Clerk who it is before anything else; it reads nothing of it.
				if sent := server.Requests(); verb != "check" && len(sent) > 0 || len(server.Writes()) > 0 {
					t.Errorf("%s: sent %v", verb, sent)
				}
			}
		})
	}
}

func damageSetup(t *testing.T, people string) (server *sandbox.Server, config string) {
	t.Helper()
	server, listening := serveClerk(t, &sandbox.Seed{Version: sandbox.SeedVersion})
	dir := t.TempDir()
	config = filepath.Join(dir, "rollcall.yaml")
	writeFiles(t, dir, map[string]string{
		"people.csv": people, "key": sandbox.DefaultSecretKey + "\n",
		"rollcall.yaml": `clerk: {api_url: "` + listening + `", secret_key_file: key}
sources: [{name: hr, csv: {path: people.csv, columns: {id: id, email: email, groups: teams}, settle: 0s}}]
rules: [{groups: [staff], organization: acme, role: "org:member", metadata: {public: {department: "{department}"}}}]
sync: {removals: all}
`})
	return server, config
}

func writeFiles(t testing.TB, dir string, files map[string]string) {
	t.Helper()
	for name, content := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}
