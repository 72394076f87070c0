package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"rollcall/clerkapi/sandbox"
	"rollcall/sync"
)

// grown is an instance of 50 organizations as years of work by hand leave
// one: odd users, metadata of every kind, and members whom rollcall added.
func grown() *sandbox.Seed {
	seed := sandbox.Generate(50, 20)
	for i := range seed.Users {
		u, m := &seed.Users[i], &seed.Memberships[i]
		m.PublicMetadata = json.RawMessage(fmt.Sprintf(`{"department":"d%d","seats":%d}`, i%7, i%3))
		switch i % 10 {
		case 1: // nothing but a phone
			u.Email, u.PhoneNumbers = "", []string{fmt.Sprintf("+4930%07d", i)}
		case 2: // an address that nobody has proven
			u.EmailAddresses = []sandbox.EmailAddress{{Address: u.Email, Verification: sandbox.Verification{Status: "unverified"}}}
			u.Email = ""
		case 3: // a user name is shown, the address is another
			u.Username = fmt.Sprintf("person%d", i)
		case 4:
			u.ExternalID = ""
			m.PublicMetadata, m.PrivateMetadata = json.RawMessage(`{}`), json.RawMessage(`{"cost":"=1+1","note":"plain"}`)
		case 5:
			m.PrivateMetadata = json.RawMessage(fmt.Sprintf(`{"rollcall":{"owner":"rollcall","source":"hr","id":"%d"}}`, i))
		case 6:
			m.PrivateMetadata = json.RawMessage(fmt.Sprintf(`{"rollcall":{"owner":"another","source":"hr","id":"%d"},"note":"theirs"}`, i))
		case 7:
			u.Banned = true
		}
	}
	// The first person of the first organization is in each of the next ten.
	for _, o := range seed.Organizations[1:11] {
		seed.Memberships = append(seed.Memberships, sandbox.Membership{OrganizationID: o.ID, UserID: seed.Users[0].ID, Role: "org:member"})
	}
	return seed
}

// What is exported is what is there: the plan has nothing to do.
func TestExportPlansToNoChange(t *testing.T) {
	unmarked := grown()
	for i := range unmarked.Memberships {
		if strings.Contains(string(unmarked.Memberships[i].PrivateMetadata), "rollcall") {
			unmarked.Memberships[i].PrivateMetadata = nil
		}
	}
	for name, seed := range map[string]*sandbox.Seed{"adopted in part": grown(), "by hand": unmarked} {
		for _, flags := range [][]string{nil, {"--metadata"}} {
			t.Run(fmt.Sprint(name, flags), func(t *testing.T) { exportAndPlan(t, seed, flags) })
		}
	}
}

func exportAndPlan(t *testing.T, seed *sandbox.Seed, flags []string) {
	_, clerk := serveClerk(t, seed)
	t.Setenv("CLERK_SECRET_KEY", sandbox.DefaultSecretKey)
	t.Setenv("HOME", t.TempDir())
	dir := filepath.Join(t.TempDir(), "start")
	out := runs(t, 0, append([]string{"export", dir, "--api-url", clerk}, flags...)...)
	if want := "Wrote 810 memberships of 50 organizations."; !strings.Contains(out, want) {
		t.Errorf("export says %q, want %q", out, want)
	}
	config := filepath.Join(dir, "rollcall.yaml")
	settleNow(t, filepath.Join(dir, "members.csv"))
	out = runs(t, 0, "plan", "--exit-code", "--strict", "--config", config, "--output", "json")
	var r sync.Report
	if err := json.Unmarshal([]byte(out), &r); err != nil {
		t.Fatal(err)
	}
	for o, c := range r.Plan.Changes() {
		t.Errorf("%s: %s %s %s", o.Label(), c.Action, c.Email, c.Because)
	}
	if len(r.Plan.Organizations) != 50 {
		t.Errorf("the plan covers %d organizations", len(r.Plan.Organizations))
	}
	// What stands there already is somebody's work.
	runs(t, 2, "export", dir, "--api-url", clerk)
}

// An instance without members, or with none whom a file can name, gives no file
// that the reader would refuse (S11): nothing is written, and it is said what to
// do. One member is enough for a file that its own configuration takes.
func TestExportOfNobodyWritesNothing(t *testing.T) {
	phone := sandbox.User{ID: "user_phone", PhoneNumbers: []string{"+4930123456"}}
	ada := sandbox.User{ID: "user_ada", Email: "ada@corp.example"}
	for name, x := range map[string]struct {
		users []sandbox.User
		code  int
		want  string
	}{
		"nobody":      {nil, 1, "has no membership to export; start with rollcall init"},
		"unnameable":  {[]sandbox.User{phone}, 1, "left out: user_phone in acme: has no verified address that can be written to the file"},
		"one of them": {[]sandbox.User{phone, ada}, 0, "Wrote 1 membership of 1 organization."},
	} {
		t.Run(name, func(t *testing.T) {
			seed := &sandbox.Seed{Version: 1, Users: x.users, Organizations: []sandbox.Organization{{ID: "org_acme", Slug: "acme"}}}
			for _, u := range x.users {
				seed.Memberships = append(seed.Memberships, sandbox.Membership{OrganizationID: "org_acme", UserID: u.ID, Role: "org:member"})
			}
			_, clerk := serveClerk(t, seed)
			t.Setenv("CLERK_SECRET_KEY", sandbox.DefaultSecretKey)
			dir := filepath.Join(t.TempDir(), "start")
			var out, log bytes.Buffer
			if got := run(t.Context(), []string{"export", dir, "--api-url", clerk}, nil, &out, &log); got != x.code {
				t.Errorf("exit %d, want %d", got, x.code)
			}
			if all := out.String() + log.String(); !strings.Contains(all, x.want) {
				t.Errorf("says %q, want %q", all, x.want)
			}
			if _, err := os.Stat(dir); (err == nil) != (x.code == 0) {
				t.Errorf("the directory: %v", err)
			}
			if x.code == 0 {
				settleNow(t, filepath.Join(dir, "members.csv"))
				runs(t, 0, "plan", "--exit-code", "--config", filepath.Join(dir, "rollcall.yaml"))
			}
		})
	}
}

// runs is a verb as a shell would call it, and what it prints.
func runs(t *testing.T, want int, args ...string) string {
	t.Helper()
	var out, log bytes.Buffer
	if got := run(t.Context(), args, nil, &out, &log); got != want {
		t.Fatalf("rollcall %s: exit %d, want %d\n%s\n%s", strings.Join(args, " "), got, want, out.String()[:min(2000, out.Len())], &log)
	}
	return out.String()
}

// settleNow makes a file look as if it had been left alone for a while (S11).
func settleNow(t *testing.T, file string) {
	t.Helper()
	info, err := os.Stat(file)
	if err != nil {
		t.Fatal(err)
	}
	before := info.ModTime().Add(-time.Minute)
	if err := os.Chtimes(file, before, before); err != nil {
		t.Fatal(err)
	}
}
