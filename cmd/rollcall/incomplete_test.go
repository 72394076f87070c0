package main

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"rollcall/.ci/suite"
	"rollcall/clerkapi/sandbox"
)

// An organization whose third page cannot be had gets no write, the other one
// does, and the exit status says so (S09, S16).
func TestS09ThirdPageFromTheCommandLine(t *testing.T) {
	t.Parallel()
	path, third := "/organizations/org_big/memberships", map[string]string{"offset": "1000"}
	for i, f := range []struct {
		name  string
		fault sandbox.Fault
	}{
		{"503 for good", sandbox.Fault{Path: path, Query: third, Status: 503}},
		{"shrinks", sandbox.Fault{Path: path, Query: third, List: &sandbox.ListFault{TotalCount: -7}}},
		{"repeats rows", sandbox.Fault{Path: path, Query: third, List: &sandbox.ListFault{Repeat: 3}}},
		{"is cut", sandbox.Fault{Path: path, Query: third, CutAfterBytes: 300}},
		{"skips a row", sandbox.Fault{Path: path, Query: third, List: &sandbox.ListFault{Shift: 1}}},
		{"loses its line", sandbox.Fault{Path: path, Query: third, DropConnection: true}},
	} {
		if !suite.Part(t, i, 2) {
			continue
		}
		t.Run(f.name, func(t *testing.T) {
			t.Parallel()
			server, config := threePages(t)
			if err := server.SetFaults(f.fault); err != nil {
				t.Fatal(err)
			}
			var stdout, stderr bytes.Buffer
			args := []string{"apply", "--config", config, "--state", oldState(t, t.TempDir())}
			if code := run(t.Context(), args, nil, &stdout, &stderr); code != 1 {
				t.Fatalf("exit code %d, want 1\n%s\n%s", code, &stdout, &stderr)
			}
			var writes []string
			for _, w := range server.Writes() {
				writes = append(writes, w.Method+" "+w.Path)
			}
			if got := strings.Join(writes, ", "); got != "DELETE /v1/organizations/org_small/memberships/user_small_9" {
				t.Errorf("wrote %s", got)
			}
			if !strings.Contains(stdout.String(), "big") {
				t.Errorf("the report does not name the organization:\n%s", &stdout)
			}
		})
	}
}

// A leaver's marker behind a list that cannot be read keeps a new hire with
// the leaver's address out of the leaver's account (S01, S02).
func TestS02MarkerBehindAFailedListFromTheCommandLine(t *testing.T) {
	t.Parallel()
	server, config := threePages(t)
	fault := sandbox.Fault{Path: "/organizations/org_big/memberships", Query: map[string]string{"offset": "1000"}, Status: 503}
	if err := server.SetFaults(fault); err != nil {
		t.Fatal(err)
	}
	var stdout, stderr bytes.Buffer
	args := []string{"plan", "--config", config, "--state", oldState(t, t.TempDir())}
	if code := run(t.Context(), args, nil, &stdout, &stderr); code != 1 {
		t.Fatalf("exit code %d, want 1\n%s\n%s", code, &stdout, &stderr)
	}
	// hire-1 of the file has the address of user_big_0, whom org_big marks as big-0.
	if out := stdout.String(); !strings.Contains(out, "the directory says hire-1, but account user_big_0") || strings.Contains(out, "+ big-0@corp.example") {
		t.Errorf("the plan lets the new hire into the leaver's account:\n%s", out)
	}
}

// threePages is a sandbox with an organization of 1,200, one of 10 and one
// that nobody names, so large that lists by organization are cheaper. In the
// first two the last member has left; in the second somebody new has the
// address of a leaver of the first.
func threePages(t *testing.T) (*sandbox.Server, string) { return leavers(t, 1200, 2500) }

// twoOrganizations is the same with 100 members where that has 1,200, on one page.
func twoOrganizations(t *testing.T) (*sandbox.Server, string) { return leavers(t, 100, 0) }

// leavers is such a sandbox, with organizations of these sizes.
func leavers(t *testing.T, big, other int) (*sandbox.Server, string) {
	t.Helper()
	seed := &sandbox.Seed{Version: sandbox.SeedVersion}
	var csv strings.Builder
	csv.WriteString("id,email,org,role\nhire-1,big-0@corp.example,small,org:member\n")
	for slug, n := range map[string]int{"big": big, "small": 10, "other": other} {
		seed.Organizations = append(seed.Organizations, sandbox.Organization{ID: "org_" + slug, Slug: slug})
		for i := range n {
			user, mail := fmt.Sprintf("user_%s_%d", slug, i), fmt.Sprintf("%s-%d@corp.example", slug, i)
			seed.Users = append(seed.Users, sandbox.User{ID: user, Email: mail})
			private := raw(map[string]any{"rollcall": map[string]any{"owner": "rollcall", "source": "hr", "id": fmt.Sprintf("%s-%d", slug, i)}})
			seed.Memberships = append(seed.Memberships, sandbox.Membership{OrganizationID: "org_" + slug, UserID: user, Role: "org:member", PrivateMetadata: private})
			if i < n-1 && slug != "other" && user != "user_big_0" {
				fmt.Fprintf(&csv, "%s-%d,%s,%s,org:member\n", slug, i, mail, slug)
			}
		}
	}
	server, listening := serveClerk(t, seed)
	dir := t.TempDir()
	writeFiles(t, dir, map[string]string{
		"people.csv": csv.String(), "key": sandbox.DefaultSecretKey + "\n",
		"rollcall.yaml": `clerk: {api_url: "` + listening + `", secret_key_file: key}
sources: [{name: hr, csv: {path: people.csv, columns: {id: id, email: email, organization: org, role: role}, settle: 0s}}]
sync: {removals: managed}
`,
	})
	return server, dir + "/rollcall.yaml"
}
