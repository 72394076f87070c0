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

	"rollcall/.ci/suite"
	"rollcall/clerkapi/sandbox"
	"rollcall/source/ldap/ldaptest"
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
			fmt.Fprintf(&b, "dn: uid=%[1]s,ou=people,%[2]s\nobjectClass: inetOrgPerson\nuid: %[1]s\ncn: %[1]s\nsn: S\nemployeeNumber: %[1]s\nmail: %[1]s@corp.example\n\n", uid, ldaptest.Suffix)
			fmt.Fprintf(&members, "member: uid=%s,ou=people,%s\n", uid, ldaptest.Suffix)
		}
	}
	fmt.Fprintf(&b, "dn: cn=all,ou=groups,%s\nobjectClass: groupOfNames\ncn: all\n%s\n", ldaptest.Suffix, members.String())
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

func install(t *testing.T, d *ldaptest.Slapd, seed *sandbox.Seed, url, more, rest string) *installation {
	t.Helper()
	server, listening := serveClerk(t, seed)
	dir := t.TempDir()
	writeFiles(t, dir, map[string]string{
		"key": sandbox.DefaultSecretKey + "\n",
		"rollcall.yaml": fmt.Sprintf(`clerk: {api_url: %q, secret_key_file: key, rate: {requests: 100000, window: 1s}}
sources:
  - name: corp
    ldap: {urls: [%q], tls: "off", bind_dn: %q, bind_password_file: %q, base_dn: %q, id: employeeNumber%s}
%s
`, listening, url, ldaptest.BindDN, d.PasswordFile(), ldaptest.Suffix, more, rest)})
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
	fault   ldaptest.Fault
	code    int
	meaning string
}{
	{"time limit", ldaptest.Fault{Code: 3}, 3, "time limit exceeded"},
	{"size limit", ldaptest.Fault{Code: 4}, 4, "size limit exceeded"},
	{"administrative limit", ldaptest.Fault{Code: 11}, 11, "administrative limit exceeded"},
	{"busy", ldaptest.Fault{Code: 51}, 51, "server busy"},
	{"unavailable", ldaptest.Fault{Code: 52}, 52, "server unavailable"},
	{"dropped connection", ldaptest.Fault{Drop: true}, 81, "connection failed or was lost"},
	{"silence", ldaptest.Fault{Hang: true}, 85, "timed out"},
	{"garbage", ldaptest.Fault{Garbage: true}, 84, "the answer is not valid LDAP"},
	{"no paging control", ldaptest.Fault{NoControl: true}, 84, "the answer is not valid LDAP"},
	{"cancelled", ldaptest.Fault{Hang: true}, 88, "cancelled"},
}

// Where each fault strikes: 550 people are five pages of at most 120.
var faultPlaces = []struct {
	name string
	page int // 0 is the bind
}{{"connect", 0}, {"first page", 1}, {"middle page", 3}, {"last page", 5}}

// In no cell does anything reach Clerk but reads, and in each the error says
// which server, what was asked of it, and what its answer means (S09).
func TestS09DirectoryFaultMatrix(t *testing.T) {
	t.Parallel()
	ldif, seed := wholeGroup(550)
	d := newDirectory(t, ldif)
	for i, f := range directoryFaults {
		for j, place := range faultPlaces {
			if f.fault.NoControl && place.page == 0 || !suite.Part(t, i+j, 6) {
				continue // a bind has no control
			}
			t.Run(f.name+" at "+place.name, func(t *testing.T) {
				t.Parallel()
				cell := faultCell{proxy: ldaptest.StartProxy(t, d), fault: f.fault, page: place.page, cancel: f.code == 88}
				in := install(t, d, seed, cell.proxy.URL, ", page_size: 120, connections: 1, bind_timeout: "+cell.patience()+", request_timeout: "+cell.patience(), allRule)
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
				if place.name == "last page" && (f.code == 52 || !suite.Short(t)) {
					in.heals(t, cell.proxy)
				}
				parts := []string{cell.proxy.URL, fmt.Sprintf("code %d, %s", f.code, f.meaning)}
				if place.page > 0 {
					parts = append(parts, `below "`+ldaptest.Suffix+`"`, "(objectClass=person)")
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

// heals ends a fault: the next run does all, and the one after it sends no write (S39).
func (i *installation) heals(t *testing.T, p *ldaptest.Proxy) {
	t.Helper()
	p.SetFault(nil)
	if code, stdout, stderr := i.apply(t.Context(), t); code != 0 || len(i.clerk.Writes()) == 0 {
		t.Errorf("after the fault: exit code %d, %d writes\n%s%s", code, len(i.clerk.Writes()), stdout, stderr)
	}
	i.clerk.ForgetRequests()
	if code, stdout, stderr := i.apply(t.Context(), t); code != 0 || len(i.clerk.Writes()) > 0 {
		t.Errorf("the third run: exit code %d, %d writes\n%s%s", code, len(i.clerk.Writes()), stdout, stderr)
	}
}

// faultCell is one cell of the matrix.
type faultCell struct {
	proxy  *ldaptest.Proxy
	fault  ldaptest.Fault
	page   int
	cancel bool
}

// shortPatience is a time-out that a test waits for. It is longer than a request
// takes while other tests use all processors.
const shortPatience = "5s"

// patience is long where the fault is not silence: a slow machine is no fault.
func (c *faultCell) patience() string {
	if c.fault.Hang && !c.cancel {
		return shortPatience
	}
	return "30s"
}

func (c *faultCell) run(t *testing.T, in *installation) (code int, stdout, stderr string) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	struck := make(chan struct{}, 1000)
	c.proxy.SetFault(func(op ldaptest.Op) ldaptest.Fault {
		if op.Page < c.page || c.page == 0 && op.Kind != "bind" {
			return ldaptest.Fault{} // from then on it lasts: a page size that is refused is asked for smaller
		}
		struck <- struct{}{}
		f := c.fault
		if c.cancel {
			f.During = cancel
		}
		return f
	})
	code, stdout, stderr = in.apply(ctx, t)
	if len(struck) == 0 {
		t.Error("the fault never struck")
	}
	return code, stdout, stderr
}

// The same company without a fault has much to write: the matrix would see it.
func TestDirectoryWithoutFaultIsApplied(t *testing.T) {
	t.Parallel()
	ldif, seed := wholeGroup(550)
	d := newDirectory(t, ldif)
	in := install(t, d, seed, ldaptest.StartProxy(t, d).URL, ", page_size: 120", allRule)
	if code, stdout, stderr := in.apply(t.Context(), t); code != 0 || len(in.clerk.Writes()) != 275+10 {
		t.Errorf("exit code %d, %d writes, want 285\n%s%s", code, len(in.clerk.Writes()), stdout, stderr)
	}
}

// Active Directory sends 2,500 members, or 1,600, in two ranges.
func TestS09RangedGroup(t *testing.T) {
	t.Parallel()
	members := 2_500
	if suite.Short(t) {
		members = 1_600
	}
	ldif, seed := wholeGroup(members)
	d := newDirectory(t, ldif)
	for i, c := range []struct {
		name, want string
		fault      ldaptest.Fault
	}{
		{"whole", "", ldaptest.Fault{}},
		{"cut after the first range", "code 81", ldaptest.Fault{Drop: true}},
		{"busy after the first range", "code 51, server busy", ldaptest.Fault{Code: 51}},
		{"silent after the first range", "code 85, timed out", ldaptest.Fault{Hang: true}},
	} {
		if !suite.Part(t, i, 2) {
			continue
		}
		t.Run(c.name, func(t *testing.T) {
			p := ldaptest.StartProxy(t, d)
			p.RangeSize = 1500
			var ranges atomic.Int64
			p.Fault = func(op ldaptest.Op) ldaptest.Fault {
				if op.From == 0 {
					return ldaptest.Fault{}
				}
				ranges.Add(1)
				return c.fault
			}
			patience := "30s"
			if c.fault.Hang {
				patience = shortPatience
			}
			in := install(t, d, seed, p.URL, ", connections: 1, request_timeout: "+patience, allRule)
			code, stdout, stderr := in.apply(t.Context(), t)
			if n := ranges.Load(); n != 1 {
				t.Errorf("%d further ranges were asked for", n)
			}
			if c.want == "" {
				if writes := len(in.clerk.Writes()); code != 0 || writes != members/2+10 {
					t.Errorf("exit code %d, %d writes, want %d\n%s%s", code, writes, members/2+10, stdout, stderr)
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
	for i, place := range faultPlaces {
		if !suite.Part(t, i, 3) {
			continue
		}
		t.Run(place.name, func(t *testing.T) {
			t.Parallel()
			p := ldaptest.StartProxy(t, d)
			silent := make(chan struct{}, 1)
			p.Fault = func(op ldaptest.Op) ldaptest.Fault {
				if op.Page != place.page || place.page == 0 && op.Kind != "bind" {
					return ldaptest.Fault{}
				}
				return ldaptest.Fault{Hang: true, During: func() { silent <- struct{}{} }}
			}
			in := install(t, d, seed, p.URL, ", page_size: 120, connections: 1, bind_timeout: 1h, request_timeout: 1h", allRule)
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

// serveClerk answers as Clerk does, over HTTP, until the test ends.
func serveClerk(t *testing.T, seed *sandbox.Seed) (server *sandbox.Server, url string) {
	t.Helper()
	server, err := sandbox.New(sandbox.Options{Seed: seed})
	if err != nil {
		t.Fatal(err)
	}
	listening := httptest.NewServer(server)
	t.Cleanup(listening.Close)
	return server, listening.URL
}
