package main

import (
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"rollcall/clerkapi/sandbox"
	"rollcall/source/ldap/ldaptest"
	"rollcall/source/ldap/sambatest"
)

// BenchmarkWatchDirectory measures the time from a change in a directory of 20,000
// people to the change in Clerk, by rollcall serve with watch_directory: 10s. One change
// follows the other after a random time: somebody joins a group, or leaves it. The server
// makes each change, and the clock starts when it has answered that the change is
// committed. It ends when the sandbox takes the request. The benchmark prints a histogram,
// and beside it how long the server took for the changes and rollcall for its runs.
// ROLLCALL_PEOPLE is another number of people. On Samba they take some minutes to be made,
// and ROLLCALL_SAMBA_CACHE names a directory that keeps them.
//
//	go test ./cmd/rollcall -run '^$' -bench WatchDirectory -benchtime 1x -timeout 30m
func BenchmarkWatchDirectory(b *testing.B) {
	w := newWatchBench(b, 100)
	b.Run("slapd", func(b *testing.B) { w.run(b, w.slapd(b)) })
	b.Run("samba", func(b *testing.B) { w.run(b, w.samba(b)) })
}

// newWatchBench takes the number of people from ROLLCALL_PEOPLE.
func newWatchBench(b *testing.B, changes int) *watchBench {
	b.Helper()
	w := &watchBench{binary: buildRollcall(b), people: 20_000, changes: changes}
	if text := os.Getenv("ROLLCALL_PEOPLE"); text != "" {
		var err error
		if w.people, err = strconv.Atoi(text); err != nil {
			b.Fatal(err)
		}
	}
	return w
}

// samba is a domain with all people.
func (w *watchBench) samba(b *testing.B) watchedDirectory {
	b.Helper()
	d := sambaDomain{sambatest.Start(b, sambaLDIF(w.people)), w.people}
	return watchedDirectory{
		keys:  fmt.Sprintf("base_dn: %q, id: sAMAccountName, %s", sambatest.Suffix, d.secure(d.TLSURL)+d.simple("CN=rollcall,OU=services,"+sambatest.Suffix)),
		group: "everyone", person: sambaPerson,
		dn: "CN=everyone,OU=groups," + sambatest.Suffix, modify: d.ModifyOverLDAP,
	}
}

// slapd is a directory with all people.
func (w *watchBench) slapd(b *testing.B) watchedDirectory {
	b.Helper()
	ldif, _ := wholeGroup(w.people)
	d := ldaptest.Start(b, ldaptest.Config{LDIF: ldif, Schema: contractSchema, Global: "moduleload syncprov", Database: "overlay syncprov"})
	return watchedDirectory{
		keys:   fmt.Sprintf("urls: [%q], tls: \"off\", bind_dn: %q, bind_password_file: %q, base_dn: %q, id: employeeNumber", d.URL, ldaptest.BindDN, d.PasswordFile(), ldaptest.Suffix),
		group:  "all",
		person: func(i int) string { return fmt.Sprintf("uid=u%05d,ou=people,%s", i, ldaptest.Suffix) },
		dn:     "cn=all,ou=groups," + ldaptest.Suffix, modify: d.Modify,
	}
}

const benchToken = "0123456789abcdef0123456789abcdef"

// BenchmarkRequestForOnePerson measures, on slapd and on Samba, the time from POST
// /run?person= to the membership in Clerk, and the requests to Clerk for it, where 20,000
// people are members: somebody has just joined a group. A run of everybody comes first. It
// prints a histogram.
//
//	go test ./cmd/rollcall -run '^$' -bench RequestForOnePerson -benchtime 1x -timeout 30m
func BenchmarkRequestForOnePerson(b *testing.B) {
	w := newWatchBench(b, 50)
	b.Run("slapd", func(b *testing.B) { w.request(b, w.slapd(b)) })
	b.Run("samba", func(b *testing.B) { w.request(b, w.samba(b)) })
}

// request measures a request for each of the first people.
func (w *watchBench) request(b *testing.B, d watchedDirectory) {
	b.Helper()
	for b.Loop() {
		clerk, log := w.serve(b, d, `listen: "127.0.0.1:0", run_token_file: token`, w.changes)
		text, err := os.ReadFile(log)
		if err != nil {
			b.Fatal(err)
		}
		page := pageAddress.FindString(string(text))
		for i := range w.changes {
			d.change(b, "delete", i)
		}
		requestRun(b, page, "run?wait=25s") // the run at the start of a service, which this one leaves out
		w.forget(clerk)
		var took []time.Duration
		requests := 0
		for i := range w.changes {
			d.change(b, "add", i)
			began := time.Now()
			requestRun(b, page, fmt.Sprintf("run?wait=25s&person=u%05d@corp.example", i))
			all := w.await(b, clerk, map[string]time.Time{fmt.Sprintf("POST user_u%05d", i): began})
			took = append(took, all[http.MethodPost]...)
			var sent []sandbox.Request
			clerk.control(http.MethodGet, "requests", &sent)
			requests = max(requests, len(sent))
			w.forget(clerk)
		}
		printHistogram(b, http.MethodPost, took)
		reportPercentiles(b, took)
		b.ReportMetric(float64(requests), "requests")
	}
}

// forget has Clerk forget the requests.
func (w *watchBench) forget(clerk *clerkProcess) {
	var none any
	clerk.control(http.MethodDelete, "requests", &none)
}

// requestRun asks for a run and waits for its end.
func requestRun(b *testing.B, page, path string) {
	b.Helper()
	r, err := http.NewRequest(http.MethodPost, page+path, nil)
	if err != nil {
		b.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+benchToken)
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	person := strings.Contains(path, "person=")
	if text, err := io.ReadAll(resp.Body); err != nil || resp.StatusCode != http.StatusOK || person && !strings.Contains(string(text), `"done":1`) {
		b.Fatalf("%s: %s %s, %v", path, resp.Status, text, err)
	}
}

// watchedDirectory is a directory whose group all people are in.
type watchedDirectory struct {
	keys, group, dn string
	person          func(i int) string
	modify          func(ldif string) error
}

func (d *watchedDirectory) change(b *testing.B, how string, i int) {
	b.Helper()
	if err := d.modify(fmt.Sprintf("dn: %s\nchangetype: modify\n%s: member\nmember: %s\n", d.dn, how, d.person(i))); err != nil {
		b.Fatal(err)
	}
}

type watchBench struct {
	binary          string
	people, changes int
}

func (w *watchBench) run(b *testing.B, d watchedDirectory) {
	for b.Loop() {
		w.once(b, d)
	}
}

// once has the first people leave the group, and then join it again.
func (w *watchBench) once(b *testing.B, d watchedDirectory) {
	clerk, log := w.serve(b, d, `watch_directory: 10s, listen: ""`, 0)
	asked := map[string]time.Time{}
	var server []time.Duration
	for _, round := range []struct{ how, kind string }{{"delete", http.MethodDelete}, {"add", http.MethodPost}} {
		for i := range w.changes / 2 {
			time.Sleep(rand.N(3 * time.Second))
			began := time.Now()
			d.change(b, round.how, i)
			server = append(server, time.Since(began))
			asked[fmt.Sprintf("%s user_u%05d", round.kind, i)] = time.Now()
		}
		w.await(b, clerk, asked)
	}
	took := w.await(b, clerk, asked)
	for _, kind := range []string{http.MethodPost, http.MethodDelete} {
		printHistogram(b, kind, took[kind])
	}
	printHistogram(b, "changes of the server", server)
	printHistogram(b, "runs", runTimes(b, log))
	reportPercentiles(b, slices.Concat(took[http.MethodPost], took[http.MethodDelete]))
}

// tookField is how long a run took, in seconds, in the last line that the log has of it.
var tookField = regexp.MustCompile(`"exit_code": ?[0-9]+,(?: ?"why": ?"[^"]*",)? ?"took": ?([0-9.]+)`)

// runTimes are the times that runs took, by the log.
func runTimes(b *testing.B, log string) (took []time.Duration) {
	b.Helper()
	text, err := os.ReadFile(log)
	if err != nil {
		b.Fatal(err)
	}
	for _, m := range tookField.FindAllSubmatch(text, -1) {
		seconds, err := strconv.ParseFloat(string(m[1]), 64)
		if err != nil {
			b.Fatal(err)
		}
		took = append(took, time.Duration(seconds*float64(time.Second)))
	}
	return took
}

// serve starts Clerk, in which all people from a number on are members, and rollcall,
// and gives its log.
func (w *watchBench) serve(b *testing.B, d watchedDirectory, keys string, first int) (*clerkProcess, string) {
	b.Helper()
	dir := b.TempDir()
	seed := &sandbox.Seed{Version: sandbox.SeedVersion, Organizations: []sandbox.Organization{{ID: "org_acme", Slug: "acme"}}}
	for i := range w.people {
		uid := fmt.Sprintf("u%05d", i)
		seed.Users = append(seed.Users, sandbox.User{ID: "user_" + uid, Email: uid + "@corp.example"})
		if i >= first {
			seed.Memberships = append(seed.Memberships, memberOf(i))
		}
	}
	data, err := json.Marshal(seed)
	if err != nil {
		b.Fatal(err)
	}
	writeFiles(b, dir, map[string]string{"seed.json": string(data)})
	clerk := startSandbox(b, w.binary, dir, "sk_live_bench", "--seed", "seed.json", "--latency", "25ms", "--limits", "production")
	writeFiles(b, dir, map[string]string{"token": benchToken, "rollcall.yaml": fmt.Sprintf(`clerk: {api_url: %q, secret_key_env: ROLLCALL_SCENARIO_KEY}
state: state
serve: {schedule: "0 3 * * *", catch_up: false, %s}
sources:
  - name: corp
    ldap: {%s}
rules: [{groups: [%q], organization: acme, role: "org:member"}]
sync: {removals: managed}
`, clerk.url, keys, d.keys, d.group)})
	oldState(b, filepath.Join(dir, "state"))
	log, err := os.Create(filepath.Join(dir, "serve.log"))
	if err != nil {
		b.Fatal(err)
	}
	cmd := exec.Command(w.binary, "serve")
	cmd.Dir, cmd.Stderr = dir, log
	cmd.Env = append(os.Environ(), "ROLLCALL_SCENARIO_KEY="+clerk.key)
	if err := cmd.Start(); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		_ = cmd.Process.Signal(syscall.SIGTERM) // the Wait tells when it was gone already
		_ = cmd.Wait()
		_ = log.Close()
		if text, err := os.ReadFile(log.Name()); b.Failed() && err == nil {
			b.Logf("%s", text[max(0, len(text)-4000):])
		}
	})
	time.Sleep(5 * time.Second) // its first question has no change to report
	return clerk, log.Name()
}

// await waits until Clerk has had each change that was asked for, and tells how long each
// took, by its kind.
func (w *watchBench) await(b *testing.B, clerk *clerkProcess, asked map[string]time.Time) map[string][]time.Duration {
	b.Helper()
	for end := time.Now().Add(2 * time.Minute); time.Now().Before(end); time.Sleep(time.Second) {
		var requests []sandbox.Request
		clerk.control(http.MethodGet, "requests?writes=true", &requests)
		took := map[string][]time.Duration{}
		for _, r := range requests {
			var body struct {
				User string `json:"user_id"`
			}
			_ = json.Unmarshal(r.Body, &body) // a DELETE has none
			if body.User == "" {
				body.User = r.Path[strings.LastIndex(r.Path, "/")+1:]
			}
			if at, ok := asked[r.Method+" "+body.User]; ok && r.Status < 300 {
				took[r.Method] = append(took[r.Method], r.Time.Sub(at))
			}
		}
		if len(took[http.MethodPost])+len(took[http.MethodDelete]) == len(asked) {
			return took
		}
	}
	b.Fatalf("Clerk has not had all of %d changes after two minutes", len(asked))
	return nil
}

// reportPercentiles gives the percentiles.
func reportPercentiles(b *testing.B, took []time.Duration) {
	b.Helper()
	slices.Sort(took)
	for _, p := range []int{50, 90, 99} {
		b.ReportMetric(took[(len(took)*p+99)/100-1].Seconds(), fmt.Sprintf("p%d-s", p))
	}
	b.ReportMetric(0, "ns/op") // means nothing here
}

// printHistogram prints how many took how long, by the second. Nobody depends on it.
func printHistogram(b *testing.B, name string, took []time.Duration) {
	b.Helper()
	if len(took) == 0 {
		return
	}
	rows := map[int]int{}
	for _, d := range took {
		rows[int(d/time.Second)]++
	}
	_, _ = fmt.Fprintf(os.Stdout, "\n%s %s\n", b.Name(), name)
	for s := range int(slices.Max(took)/time.Second) + 1 {
		_, _ = fmt.Fprintf(os.Stdout, "%3d s to %3d s %4d %s\n", s, s+1, rows[s], strings.Repeat("#", rows[s]))
	}
}
