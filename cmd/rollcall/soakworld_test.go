//go:build soak

package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"

	"rollcall/clerkapi/sandbox"
)

const (
	soakPeople = 600
	soakTeams  = 12
	// soakLate is how old the file may be that a write to Clerk rests on: a run
	// that is refused and held up takes so long.
	soakLate = 2 * time.Minute
)

// soakCompany is what the directory says, and what it has said.
type soakCompany struct {
	mu     sync.Mutex
	random *rand.Rand
	people []soakPerson
	// said is what each whole file said of a membership, oldest first.
	said map[string][]saying
	// touched by hand, once each; strangers are members whom only hands added.
	touched   map[int]bool
	strangers map[string]bool
}

// soakPerson has a role in teams.
type soakPerson struct {
	id    int
	dept  string
	roles map[int]string
}

type saying struct {
	at   time.Time
	role string // empty: no member
}

func newSoakCompany() *soakCompany {
	c := &soakCompany{random: rand.New(rand.NewPCG(7, 11)), said: map[string][]saying{}, touched: map[int]bool{}, strangers: map[string]bool{}}
	for i := range soakPeople {
		p := soakPerson{id: i, dept: fmt.Sprint("d", i%7), roles: map[int]string{}}
		if i%5 != 4 { // one in five joins later
			p.roles[i%soakTeams] = "member"
		}
		if i < 3*soakTeams {
			p.roles[i%soakTeams] = "admin"
		}
		c.people = append(c.people, p)
	}
	return c
}

func soakUser(i int) string   { return fmt.Sprintf("user_%04d", i) }
func soakOrg(team int) string { return fmt.Sprintf("org_%02d", team) }

// seed is Clerk before the first run: users and empty organizations.
func (c *soakCompany) seed() string {
	s := sandbox.Seed{Version: sandbox.SeedVersion}
	for i := range soakPeople + 100 {
		s.Users = append(s.Users, sandbox.User{ID: soakUser(i), Email: fmt.Sprintf("p%04d@corp.example", i)})
	}
	s.Users = append(s.Users, sandbox.User{ID: "user_canary", Email: "canary@corp.example"})
	for o := range soakTeams {
		s.Organizations = append(s.Organizations, sandbox.Organization{ID: soakOrg(o), Slug: fmt.Sprintf("team-%02d", o)})
	}
	b, err := json.Marshal(s)
	if err != nil {
		panic(err)
	}
	return string(b)
}

// change moves a few people. The first admin of each team stays.
func (c *soakCompany) change() {
	c.mu.Lock()
	defer c.mu.Unlock()
	for range 1 + c.random.IntN(3) {
		i := soakTeams + c.random.IntN(soakPeople-soakTeams)
		if c.touched[i] {
			continue // hands and directory on one person are a story of their own (S30)
		}
		p, team := &c.people[i], c.random.IntN(soakTeams)
		switch c.random.IntN(5) {
		case 0:
			clear(p.roles)
		case 1:
			p.roles[team] = "member"
		case 2:
			for _, t := range slices.Sorted(maps.Keys(p.roles))[:min(1, len(p.roles))] {
				delete(p.roles, t)
			}
		case 3:
			for t, r := range p.roles {
				p.roles[t] = map[string]string{"member": "admin", "admin": "member"}[r]
			}
		case 4:
			p.dept = fmt.Sprint("d", c.random.IntN(7))
		}
	}
}

// csv is the whole file; the canary comes last.
func (c *soakCompany) csv() []byte {
	c.mu.Lock()
	defer c.mu.Unlock()
	var b bytes.Buffer
	b.WriteString("id,mail,dept,groups\n")
	for _, p := range c.people {
		var groups []string
		for _, t := range slices.Sorted(maps.Keys(p.roles)) {
			groups = append(groups, fmt.Sprintf("team-%02d-%ss", t, p.roles[t]))
		}
		fmt.Fprintf(&b, "%d,p%04d@corp.example,%s,%s\n", p.id, p.id, p.dept, strings.Join(groups, ";"))
	}
	b.WriteString("canary,canary@corp.example,d0,\n")
	return b.Bytes()
}

// say notes what a whole file that is about to be there says.
func (c *soakCompany) say() {
	c.mu.Lock()
	defer c.mu.Unlock()
	now := time.Now()
	for _, p := range c.people {
		for t := range soakTeams {
			key, role := soakOrg(t)+" "+soakUser(p.id), ""
			if r, in := p.roles[t]; in {
				role = "org:" + r
			}
			old := c.said[key]
			if len(old) == 0 || old[len(old)-1].role != role {
				c.said[key] = append(old, saying{now, role})
			}
		}
	}
}

// could reports whether some file of the last while before a moment said so.
func (c *soakCompany) could(key, role string, at time.Time) bool {
	list := c.said[key]
	for i, s := range list {
		until := at
		if i+1 < len(list) {
			until = list[i+1].at
		}
		if s.role == role && !s.at.After(at) && (i+1 == len(list) || until.After(at.Add(-soakLate))) {
			return true
		}
	}
	return len(list) == 0 && role == ""
}

// write puts the whole file there at once.
func (c *soakCompany) write(file string) {
	c.say()
	if err := os.WriteFile(file+".new", c.csv(), 0o600); err != nil {
		panic(err)
	}
	if err := os.Rename(file+".new", file); err != nil {
		panic(err)
	}
}

// directory rewrites the file every few seconds, mostly well.
func (w *soakWorld) directory(stop <-chan struct{}) {
	file := filepath.Join(w.dir, "people.csv")
	random := rand.New(rand.NewPCG(1, 2))
	for n := 0; wait(stop, time.Duration(3+random.IntN(5))*time.Second); n++ {
		w.company.change()
		switch {
		case n%10 == 9:
			w.spoil(file, n/10%5)
			wait(stop, 13*time.Second)
			w.company.write(file)
		case n%10 == 4:
			w.slowly(file, random)
		default:
			w.company.write(file)
		}
	}
	w.company.write(file)
}

// slowly writes the file in place, in two halves.
func (w *soakWorld) slowly(file string, random *rand.Rand) {
	w.company.say()
	text := w.company.csv()
	half := random.IntN(len(text))
	f, err := os.Create(file)
	if err == nil {
		_, err = f.Write(text[:half])
		time.Sleep(time.Duration(random.IntN(3000)) * time.Millisecond)
	}
	if err == nil {
		_, err = f.Write(text[half:])
	}
	if err == nil {
		err = f.Close()
	}
	if err != nil {
		w.t.Errorf("write the file: %v", err)
	}
}

// spoil leaves a file that nothing may be concluded from.
func (w *soakWorld) spoil(file string, how int) {
	text := w.company.csv()
	line := bytes.IndexByte(text[len(text)/2:], '\n') + len(text)/2 + 1
	var err error
	switch how {
	case 0:
		err = os.WriteFile(file, text[:line-5], 0o600) // within a line
	case 1:
		err = os.WriteFile(file, text[:line], 0o600) // at the end of a line
	case 2:
		err = os.WriteFile(file, nil, 0o600)
	case 3:
		err = os.Remove(file)
	case 4:
		err = os.WriteFile(file, text[line:], 0o600) // without the first half and the header
	}
	if err != nil {
		w.t.Errorf("spoil the file: %v", err)
	}
}

func wait(stop <-chan struct{}, d time.Duration) bool {
	select {
	case <-stop:
		return false
	case <-time.After(d):
		return true
	}
}

// hands change memberships: strangers come in, members are thrown out or made
// admins. Each person is touched once: twice within a day would be held (S30).
func (w *soakWorld) hands(stop <-chan struct{}) {
	random := rand.New(rand.NewPCG(3, 4))
	for n := 0; wait(stop, time.Duration(10+random.IntN(15))*time.Second); n++ {
		org, i := soakOrg(random.IntN(soakTeams)), random.IntN(soakPeople)
		switch n % 3 {
		case 0:
			user := soakUser(soakPeople + random.IntN(100))
			w.lever(http.MethodPut, "memberships", fmt.Sprintf(`{"organization_id":%q,"user_id":%q,"role":"org:member"}`, org, user))
			w.company.mu.Lock()
			w.company.strangers[org+" "+user] = true
			w.company.mu.Unlock()
		case 1:
			if team, ok := w.company.touch(i); ok {
				w.lever(http.MethodDelete, "memberships/"+soakOrg(team)+"/"+soakUser(i), "")
			}
		case 2:
			if team, ok := w.company.touch(i); ok {
				w.promote(soakOrg(team), i)
			}
		}
	}
}

// promote makes somebody admin by hand and leaves the rest of the membership.
func (w *soakWorld) promote(org string, i int) {
	for _, m := range w.clerkIs.state().Memberships {
		if m.OrganizationID == org && m.UserID == soakUser(i) {
			m.Role = "org:admin"
			b, err := json.Marshal(m)
			if err != nil {
				w.t.Error(err)
			}
			w.lever(http.MethodPut, "memberships", string(b))
		}
	}
}

// touch picks a plain member of one team, whom the directory leaves alone from then on.
func (c *soakCompany) touch(i int) (team int, ok bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	p := c.people[i]
	if c.touched[i] || len(p.roles) != 1 {
		return 0, false
	}
	for t, r := range p.roles {
		key := soakOrg(t) + " " + soakUser(i)
		list := c.said[key]
		settled := len(list) > 0 && list[len(list)-1].role == "org:"+r && time.Since(list[len(list)-1].at) > soakLate
		if r != "member" || !settled {
			return 0, false
		}
		c.touched[i] = true
		return t, true
	}
	return 0, false
}

// lever moves what only hands can; somebody who is gone already is no error.
func (w *soakWorld) lever(method, path, body string) {
	req, err := http.NewRequest(method, w.clerkIs.url+"/_sandbox/"+path, strings.NewReader(body))
	if err != nil {
		w.t.Error(err)
		return
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		w.t.Error(err)
		return
	}
	_ = resp.Body.Close()
}

func (w *soakWorld) faults(list string) { w.lever(http.MethodPut, "faults", list) }

// clerk misbehaves in another way each minute, by chance.
func (w *soakWorld) clerk(stop <-chan struct{}) {
	kinds := []string{
		`[{"share":0.05,"status":503,"seed":%[1]d},{"share":0.05,"delay":"300ms","seed":%[1]d}]`,
		`[{"share":0.05,"drop_connection":true,"seed":%[1]d}]`,
		`[{"method":"POST","share":0.2,"drop_after_effect":true,"seed":%[1]d},{"method":"DELETE","share":0.2,"drop_after_effect":true,"seed":%[1]d}]`,
		`[{"share":0.05,"status":429,"retry_after":1,"seed":%[1]d}]`,
		`[{"method":"GET","share":0.1,"list":{"shift":1},"seed":%[1]d},{"method":"GET","share":0.1,"list":{"short":2},"seed":%[1]d}]`,
		`[{"method":"GET","share":0.1,"list":{"total_count":-1},"seed":%[1]d},{"method":"GET","share":0.05,"cut_after_bytes":200,"seed":%[1]d}]`,
		`[{"share":0.05,"status":502,"body":"<html>bad gateway</html>","seed":%[1]d},{"method":"PATCH","share":0.2,"drop_after_effect":true,"seed":%[1]d}]`,
		`[]`,
	}
	for n := uint64(0); wait(stop, 20*time.Second); n++ {
		text := kinds[n%uint64(len(kinds))]
		if strings.Contains(text, "%") {
			text = fmt.Sprintf(text, n+1)
		}
		w.faults(text)
	}
}

// admin has the configuration read again, a broken one too, and asks for runs.
func (w *soakWorld) admin(stop <-chan struct{}) {
	address := strings.TrimPrefix(w.page, "http://")
	for n := 1; wait(stop, 17*time.Second); n++ {
		switch n % 4 {
		case 0, 2:
			w.configure(address, n)
			w.signal(syscall.SIGHUP)
		case 1:
			w.signal(syscall.SIGUSR1)
		case 3:
			writeFiles(w.t, w.dir, map[string]string{"rollcall.yaml": "clerk: {secret_key_env: ROLLCALL_SCENARIO_KEY\nnonsense"})
			w.signal(syscall.SIGHUP)
		}
	}
	w.configure(address, 0)
}

// compare holds what Clerk has against what the directory says.
func (w *soakWorld) compare() {
	have := map[string]string{}
	for _, m := range w.clerkIs.state().Memberships {
		var public struct{ Dept string }
		if err := json.Unmarshal(m.PublicMetadata, &public); err != nil {
			w.t.Error(err)
		}
		have[m.OrganizationID+" "+m.UserID] = m.Role + " " + public.Dept
	}
	wrong := 0
	for _, p := range w.company.people {
		for t := range soakTeams {
			key, want := soakOrg(t)+" "+soakUser(p.id), ""
			if r, in := p.roles[t]; in {
				want = "org:" + r + " " + p.dept
			}
			if have[key] == want {
				continue
			}
			if wrong++; wrong < 20 {
				w.t.Errorf("%s is %q, want %q; files said %v, touched %t", key, have[key], want, w.company.said[key], w.company.touched[p.id])
			}
		}
	}
	for _, p := range w.company.people {
		for t := range soakTeams {
			delete(have, soakOrg(t)+" "+soakUser(p.id))
		}
	}
	for key := range w.company.strangers {
		if have[key] == "" {
			w.t.Errorf("the stranger %s is gone", key)
		}
		delete(have, key)
	}
	if len(have) > 0 {
		w.t.Errorf("nobody asked for %v", have)
	}
	w.t.Logf("the end: %d memberships wrong; %d people were touched by hand, %d strangers stay", wrong, len(w.company.touched), len(w.company.strangers))
}

// judgeWrites looks at everything that was ever sent: each removal, role and
// add must rest on a whole file.
func (w *soakWorld) judgeWrites() {
	var all []sandbox.Request
	w.clerkIs.control(http.MethodGet, "requests?writes=true", &all)
	counts := map[string]int{}
	for _, r := range all {
		parts := strings.Split(strings.TrimPrefix(r.Path, "/v1/"), "/") // organizations ORG memberships USER
		var body struct {
			User string `json:"user_id"`
			Role string
		}
		_ = json.Unmarshal(r.Body, &body) // a removal has none
		counts[r.Kind]++
		user, role := body.User, body.Role
		if len(parts) > 3 {
			user = parts[3]
		}
		key := parts[1] + " " + user
		if strings.HasSuffix(r.Kind, "/metadata") {
			continue
		}
		if !w.company.could(key, role, r.Time) {
			w.t.Errorf("%s %s at %s: no whole file said %q; files said %v", r.Method, key, r.Time, role, w.company.said[key])
		}
	}
	w.t.Logf("%d writes, each of them right: %v", len(all), counts)
}
