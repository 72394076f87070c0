package main

import (
	"bytes"
	"net/http/httptest"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"rollcall/clerkapi/sandbox"
)

// namedWorld is a sandbox where one person waits to be added and two removals are
// held, and a configuration of it. It is the working directory.
func namedWorld(t *testing.T) (clerk *sandbox.Server, name string) {
	seed := &sandbox.Seed{Version: 1, Instance: sandbox.Instance{ID: "ins_named"},
		Organizations: []sandbox.Organization{{ID: "org_acme", Slug: "acme"}}}
	for _, one := range []string{"ada", "ben", "cleo"} {
		seed.Users = append(seed.Users, sandbox.User{ID: "user_" + one, Email: one + "@corp.example"})
	}
	for _, one := range []string{"ben", "cleo"} {
		seed.Memberships = append(seed.Memberships, sandbox.Membership{OrganizationID: "org_acme", UserID: "user_" + one, Role: "org:member"})
	}
	clerk, err := sandbox.New(sandbox.Options{Seed: seed})
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(clerk)
	t.Cleanup(server.Close)
	t.Chdir(t.TempDir())
	t.Setenv("CLERK_SECRET_KEY", clerk.SecretKey())
	write(t, "people.csv", []byte("id,email,groups\n1,ada@corp.example,staff\n"))
	if err := os.Chtimes("people.csv", time.Time{}, time.Now().Add(-time.Hour)); err != nil { // init waits until a file has settled
		t.Fatal(err)
	}
	write(t, "rollcall.yaml", []byte(`
clerk: {api_url: "`+server.URL+`", secret_key_env: CLERK_SECRET_KEY, rate: {requests: 1000}}
sources:
  - {name: hr, csv: {path: people.csv, settle: 0s, columns: {id: id, email: email, groups: groups}}}
rules:
  - {groups: [staff], organization: acme, role: "org:member"}
sync: {removals: all}
metrics: {textfile: rollcall.prom}
state: state
`))
	return clerk, "sandbox at " + strings.TrimPrefix(server.URL, "http://") + " (ins_named)"
}

// said is what a verb printed.
func said(t *testing.T, want int, args ...string) (stdout, stderr string) {
	t.Helper()
	var out, errs bytes.Buffer
	if code := run(t.Context(), args, strings.NewReader(""), &out, &errs); code != want {
		t.Errorf("%v exits %d, want %d: %s%s", args, code, want, &out, &errs)
	}
	return out.String(), errs.String()
}

// object is the instance where programs read it.
const object = `"instance": \{\s*"id": "ins_named",\s*"environment": "sandbox",\s*"address": "127\.0\.0\.1:[0-9]+"\s*\}`

// namedOutputs are the verbs in an order in which each has something to say. HASH
// is that of the held removals.
var namedOutputs = []struct {
	code int
	args string
	// object says that the output has the instance as an object.
	object bool
}{
	{0, "pause --reason early", false},
	{0, "resume", false},
	{0, "check", false},
	{3, "plan", false},
	{3, "plan --output json", true},
	{3, "plan --output markdown", false},
	{3, "plan --output html", false},
	{3, "plan --output csv", false},
	{0, "plan --organization acme --only ada@corp.example", false},
	{0, "explain ada@corp.example", false},
	{0, "explain ada@corp.example --output json", true},
	{2, "explain nobody@corp.example", false},
	{0, "report access", false},
	{0, "report access --output json", true},
	{0, "report access --output html", false},
	{0, "report access --output csv", false},
	{3, "apply", false},
	{3, "apply --output json", true},
	{0, "approve HASH --reason meant", false},
	{0, "pause acme --reason audit", false},
	{0, "resume acme", false},
	{0, "undo 1 --plan", false},
	{0, "undo 1", false},
	{0, "history", false},
	{0, "history --output json", true},
	{0, "show 1", false},
	{0, "show 1 --output json", true},
	{0, "export start", false},
	{0, "init --config init.yaml --clerk-key-env CLERK_SECRET_KEY --api-url URL --csv people.csv --column id=id,email=email,groups=groups --rule staff=acme,org:member --removals none", false},
}

// TestS41EveryOutputNamesTheInstance: messages are the business of package notify,
// the page that of package statuspage; see the tests of that name there.
func TestS41EveryOutputNamesTheInstance(t *testing.T) {
	_, name := namedWorld(t)
	if err := os.Mkdir("state", 0o700); err != nil {
		t.Fatal(err)
	}
	var hash string
	for _, x := range namedOutputs {
		args := strings.Fields(strings.NewReplacer("HASH", hash, "URL", "http://"+regexp.MustCompile(`127[0-9.:]+`).FindString(name)).Replace(x.args))
		out, log := said(t, x.code, args...)
		if x.args == "pause --reason early" || x.args == "resume" && hash == "" {
			if !strings.Contains(out, "Clerk: the first run says which instance.") {
				t.Errorf("%s, before the first run: %s", x.args, out)
			}
			continue
		}
		if found := regexp.MustCompile(`rollcall approve ([0-9a-f]{32})`).FindStringSubmatch(out); found != nil {
			hash = found[1]
		}
		if x.object && !regexp.MustCompile(object).MatchString(out) || !x.object && !strings.Contains(out, name) {
			t.Errorf("rollcall %s does not name the %s:\n%s", x.args, name, out)
		}
		if strings.Contains(log, "run ended") && !strings.Contains(log, `"instance": "`+name+`"`) {
			t.Errorf("rollcall %s: the log does not name the instance:\n%s", x.args, log)
		}
	}
	figures, err := os.ReadFile("rollcall.prom")
	if want := `rollcall_clerk_instance_info{address="127.0.0.1:`; err != nil || !strings.Contains(string(figures), want) || !strings.Contains(string(figures), `environment="sandbox",id="ins_named"} 1`) {
		t.Errorf("no %s in the figures, %v:\n%s", want, err, figures)
	}
}

// Whatever Clerk refuses, and in whatever verb, the error names the instance: with
// its id where it was read before, else by the key and the address.
func TestS41EveryErrorOfClerkNamesTheInstance(t *testing.T) {
	clerk, name := namedWorld(t)
	said(t, 3, "apply")
	byKey := "development instance at " + regexp.MustCompile(`127[0-9.:]+`).FindString(name)
	for _, x := range []struct{ kind, want string }{{"GET /instance", byKey}, {"GET /organizations", name}} {
		if err := clerk.SetFaults(sandbox.Fault{Kind: x.kind, Status: 401, Code: "clerk_key_invalid"}); err != nil {
			t.Fatal(err)
		}
		for _, args := range []string{"plan", "apply", "check", "explain ada@corp.example", "report access", "undo 1",
			"export start", "rebind ada@corp.example --same-person"} {
			stdout, stderr := said(t, 1, strings.Fields(args)...)
			if args == "check" { // its findings are its output
				stderr = stdout
			}
			want := "the secret key of the " + x.want + " (401"
			if args == "report access" && x.kind == "GET /organizations" {
				want = "the secret key of the " + byKey + " (401" // it lists them before a run asks for the instance
			}
			if !strings.Contains(stderr, want) {
				t.Errorf("%s fails, and rollcall %s does not say %s:\n%s", x.kind, args, want, stderr)
			}
		}
	}
}
