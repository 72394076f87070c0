package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"rollcall/clerkapi/sandbox"
)

// wholeGroup is a directory of n people in one group, and a Clerk in which
// half of them and ten leavers are members: whoever believed a part of the
// directory would have people to add and to remove.
func wholeGroup(n int) (ldif string, seed *sandbox.Seed) {
	var b, members strings.Builder
	seed = &sandbox.Seed{Version: sandbox.SeedVersion, Organizations: []sandbox.Organization{{ID: "org_acme", Slug: "acme"}}}
	for i := range n + 10 {
		uid := fmt.Sprintf("u%05d", i)
		seed.Users = append(seed.Users, sandbox.User{ID: "user_" + uid, Email: uid + "@corp.example"})
		if i%2 == 0 || i >= n {
			seed.Memberships = append(seed.Memberships, memberOf(i))
		}
		if i < n {
			fmt.Fprintf(&b, "dn: uid=%[1]s,ou=people,%[2]s\nobjectClass: inetOrgPerson\nuid: %[1]s\ncn: %[1]s\nsn: S\nemployeeNumber: %[1]s\nmail: %[1]s@corp.example\n\n", uid, ldapSuffix)
			fmt.Fprintf(&members, "member: uid=%s,ou=people,%s\n", uid, ldapSuffix)
		}
	}
	fmt.Fprintf(&b, "dn: cn=all,ou=groups,%s\nobjectClass: groupOfNames\ncn: all\n%s\n", ldapSuffix, members.String())
	return b.String(), seed
}

// memberOf is the membership that a run gave to the person.
func memberOf(i int) sandbox.Membership {
	uid := fmt.Sprintf("u%05d", i)
	return sandbox.Membership{OrganizationID: "org_acme", UserID: "user_" + uid, Role: "org:member",
		PrivateMetadata: json.RawMessage(fmt.Sprintf(`{"rollcall": {"owner": "rollcall", "source": "corp", "id": %q}}`, uid))}
}

// installation is a configuration with a sandbox and the directory behind it.
type installation struct {
	clerk  *sandbox.Server
	config string
}

func install(t *testing.T, d *directory, seed *sandbox.Seed, url, more, rest string) *installation {
	t.Helper()
	server, err := sandbox.New(sandbox.Options{Seed: seed})
	if err != nil {
		t.Fatal(err)
	}
	listening := httptest.NewServer(server)
	t.Cleanup(listening.Close)
	dir := t.TempDir()
	writeFiles(t, dir, map[string]string{
		"key": sandbox.DefaultSecretKey + "\n",
		"rollcall.yaml": fmt.Sprintf(`clerk: {api_url: %q, secret_key_file: key, rate: {requests: 100000, window: 1s}}
sources:
  - name: corp
    ldap: {urls: [%q], tls: "off", bind_dn: %q, bind_password_file: %q, base_dn: %q, id: employeeNumber%s}
%s
`, listening.URL, url, ldapBind, filepath.Join(d.dir, "password"), ldapSuffix, more, rest)})
	return &installation{server, filepath.Join(dir, "rollcall.yaml")}
}

const allRule = `rules: [{groups: ["cn=all,ou=groups,dc=corp,dc=example"], organization: acme, role: "org:member"}]
sync: {removals: managed}
guards: {removals: {half: 0, people: 100}, adds: {people: 10000}}`

// apply runs the program in this process.
func (i *installation) apply(ctx context.Context, t *testing.T) (code int, stdout, stderr string) {
	t.Helper()
	var out, errs bytes.Buffer
	code = run(ctx, []string{"apply", "--config", i.config, "--state", oldState(t, t.TempDir())}, nil, &out, &errs)
	return code, out.String(), errs.String()
}

// The faults of a directory; each has its code and its words in the error.
var directoryFaults = []struct {
	name    string
	fault   ldapFault
	code    int
	meaning string
}{
	{"time limit", ldapFault{code: 3}, 3, "time limit exceeded"},
	{"size limit", ldapFault{code: 4}, 4, "size limit exceeded"},
	{"administrative limit", ldapFault{code: 11}, 11, "administrative limit exceeded"},
	{"busy", ldapFault{code: 51}, 51, "server busy"},
	{"unavailable", ldapFault{code: 52}, 52, "server unavailable"},
	{"dropped connection", ldapFault{drop: true}, 81, "connection failed or was lost"},
	{"silence", ldapFault{hang: true}, 85, "timed out"},
	{"garbage", ldapFault{garbage: true}, 84, "answer not understood"},
	{"no paging control", ldapFault{noControl: true}, 84, "answer not understood"},
	{"cancelled", ldapFault{hang: true}, 88, "cancelled"},
}

// Where each fault strikes: 550 people are five pages of at most 120.
var faultPlaces = []struct {
	name string
	page int // 0 is the bind
}{{"connect", 0}, {"first page", 1}, {"middle page", 3}, {"last page", 5}}

// In no cell does anything reach Clerk but reads, and in each the error says
// which server, what was asked of it, and what its answer means (S09).
func TestS09DirectoryFaultMatrix(t *testing.T) {
	ldif, seed := wholeGroup(550)
	d := newDirectory(t, ldif)
	for _, f := range directoryFaults {
		for _, place := range faultPlaces {
			if f.fault.noControl && place.page == 0 {
				continue // a bind has none
			}
			t.Run(f.name+" at "+place.name, func(t *testing.T) {
				t.Parallel()
				cell := faultCell{proxy: startProxy(t, d), fault: f.fault, page: place.page, cancel: f.code == 88}
				in := install(t, d, seed, cell.proxy.url, ", page_size: 120, connections: 1, bind_timeout: 2s, request_timeout: "+cell.patience(), allRule)
				code, stdout, stderr := cell.run(t, in)
				want := 1
				if cell.cancel {
					want = 130
				}
				if code != want || strings.Contains(stdout, "Applied") {
					t.Errorf("exit code %d, want %d\n%s%s", code, want, stdout, stderr)
				}
				if n := len(in.clerk.Writes()); n > 0 {
					t.Errorf("%d writes on the strength of a part", n)
				}
				parts := []string{cell.proxy.url, fmt.Sprintf("code %d, %s", f.code, f.meaning)}
				if place.page > 0 {
					parts = append(parts, `below "`+ldapSuffix+`"`, "(objectClass=person)")
				}
				for _, part := range parts {
					if !strings.Contains(stderr, part) {
						t.Errorf("the error lacks %q: %s", part, stderr)
					}
				}
			})
		}
	}
}

// faultCell is one cell of the matrix.
type faultCell struct {
	proxy  *ldapProxy
	fault  ldapFault
	page   int
	cancel bool
}

// patience is long where the fault is not silence: a slow machine is no fault.
func (c *faultCell) patience() string {
	if c.fault.hang && !c.cancel {
		return "300ms"
	}
	return "30s"
}

func (c *faultCell) run(t *testing.T, in *installation) (code int, stdout, stderr string) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	struck := make(chan struct{}, 1000)
	c.proxy.fault = func(op ldapOp) ldapFault {
		if op.page < c.page || c.page == 0 && op.kind != "bind" {
			return ldapFault{} // from then on it lasts: a page size that is refused is asked for smaller
		}
		struck <- struct{}{}
		f := c.fault
		if c.cancel {
			f.during = cancel
		}
		return f
	}
	code, stdout, stderr = in.apply(ctx, t)
	if len(struck) == 0 {
		t.Error("the fault never struck")
	}
	return code, stdout, stderr
}

// The same company without a fault has much to write: the matrix would see it.
func TestDirectoryWithoutFaultIsApplied(t *testing.T) {
	ldif, seed := wholeGroup(550)
	d := newDirectory(t, ldif)
	in := install(t, d, seed, startProxy(t, d).url, ", page_size: 120", allRule)
	if code, stdout, stderr := in.apply(t.Context(), t); code != 0 || len(in.clerk.Writes()) != 275+10 {
		t.Errorf("exit code %d, %d writes, want 285\n%s%s", code, len(in.clerk.Writes()), stdout, stderr)
	}
}

// Active Directory sends 2,500 members in two ranges.
func TestS09RangedGroup(t *testing.T) {
	ldif, seed := wholeGroup(2500)
	d := newDirectory(t, ldif)
	for _, c := range []struct {
		name, want string
		fault      ldapFault
	}{
		{"whole", "", ldapFault{}},
		{"cut after the first range", "code 81", ldapFault{drop: true}},
		{"busy after the first range", "code 51, server busy", ldapFault{code: 51}},
		{"silent after the first range", "code 85, timed out", ldapFault{hang: true}},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := startProxy(t, d)
			p.rangeSize = 1500
			var ranges atomic.Int64
			p.fault = func(op ldapOp) ldapFault {
				if op.from == 0 {
					return ldapFault{}
				}
				ranges.Add(1)
				return c.fault
			}
			patience := "30s"
			if c.fault.hang {
				patience = "1s"
			}
			in := install(t, d, seed, p.url, ", connections: 1, request_timeout: "+patience, allRule)
			code, stdout, stderr := in.apply(t.Context(), t)
			if n := ranges.Load(); n != 1 {
				t.Errorf("%d further ranges were asked for", n)
			}
			if c.want == "" {
				if writes := len(in.clerk.Writes()); code != 0 || writes != 1250+10 {
					t.Errorf("exit code %d, %d writes, want 1260\n%s%s", code, writes, stdout, stderr)
				}
				return
			}
			if code != 1 || len(in.clerk.Writes()) > 0 || !strings.Contains(stderr, c.want) || !strings.Contains(stderr, "cn=all,ou=groups") {
				t.Errorf("exit code %d, %d writes\n%s%s", code, len(in.clerk.Writes()), stdout, stderr)
			}
		})
	}
}

// rollcallProcess is the real program in a process of its own.
func rollcallProcess(ctx context.Context, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, os.Args[0], args...)
	cmd.Args[0] = "rollcall" // TestMain then runs the program
	return cmd
}

// Ctrl-C ends a run at once that waits for a silent directory, wherever it is.
func TestInterruptEndsASilentDirectory(t *testing.T) {
	ldif, seed := wholeGroup(550)
	d := newDirectory(t, ldif)
	for _, place := range faultPlaces {
		t.Run(place.name, func(t *testing.T) {
			t.Parallel()
			p := startProxy(t, d)
			silent := make(chan struct{}, 1)
			p.fault = func(op ldapOp) ldapFault {
				if op.page != place.page || place.page == 0 && op.kind != "bind" {
					return ldapFault{}
				}
				return ldapFault{hang: true, during: func() { silent <- struct{}{} }}
			}
			in := install(t, d, seed, p.url, ", page_size: 120, connections: 1, bind_timeout: 1h, request_timeout: 1h", allRule)
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			defer cancel()
			cmd := rollcallProcess(ctx, "apply", "--config", in.config, "--state", oldState(t, t.TempDir()))
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			<-silent
			begun := time.Now()
			if err := cmd.Process.Signal(os.Interrupt); err != nil {
				t.Fatal(err)
			}
			_ = cmd.Wait() // its exit code is looked at
			if code := cmd.ProcessState.ExitCode(); code != 130 || len(in.clerk.Writes()) > 0 {
				t.Errorf("exit code %d, %d writes", code, len(in.clerk.Writes()))
			}
			t.Logf("ended %s after Ctrl-C", time.Since(begun).Round(time.Millisecond))
		})
	}
}
