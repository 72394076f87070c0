package statuspage

import (
	"cmp"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"

	"rollcall/.ci/suite"
	"rollcall/clerkapi"
	"rollcall/cmd/rollcall/internal/serve"
	"rollcall/cmd/rollcall/internal/statuspage/signin"
	"rollcall/sync/guard"
	"rollcall/sync/journal"
	"rollcall/sync/plan"
)

// approvable is a page on which ada and ben may approve, with the set of a plan that
// waits in its state directory.
func approvable(t *testing.T, p *plan.Plan) (page *Page, hash string) {
	t.Helper()
	c := config(t)
	service := c.Service
	c.Service = func() Service {
		s := service()
		s.Next = time.Date(2026, 11, 24, 12, 15, 0, 0, time.UTC)
		s.Approve = serve.Approve{Header: "X-Forwarded-User", People: []string{"ada", "ben@corp.example"}}
		s.PublicURL = "https://rollcall.corp.example"
		return s
	}
	change(t, c.State, func(db *journal.DB) error {
		return errors.Join(db.Bind(t.Context(), clerkapi.Instance{ID: "ins_1", Environment: "production"}), db.HoldAll(t.Context(), guard.HeldSets(p)))
	})
	return New(c), p.Holds[0].Approval
}

// change changes the journal of a state directory.
func change(t *testing.T, dir string, do func(*journal.DB) error) {
	t.Helper()
	db, err := journal.Open(t.Context(), dir, journal.Options{})
	if err == nil {
		err = errors.Join(do(db), db.Close())
	}
	if err != nil {
		t.Fatal(err)
	}
}

// removals is a plan in which so many people wait to be removed from acme.
func removals(instance string, n int) *plan.Plan {
	p := &plan.Plan{Instance: clerkapi.Instance{ID: instance, Environment: "production"}, Organizations: []plan.Organization{{ID: "org_1", Slug: "acme", Members: 120}}}
	o := &p.Organizations[0]
	for i := range n {
		c := plan.Change{Action: plan.Remove, Organization: "org_1", UserID: fmt.Sprintf("user_%d", i), Email: fmt.Sprintf("p%d@corp.example", i), From: "org:member", Because: "left: no row in people.csv", State: plan.Ready}
		c.Hold(plan.Removals)
		o.Changes = append(o.Changes, c)
	}
	hold := plan.NewHold(plan.Removals, "org_1", "too many removals")
	hold.Changes, hold.Approval = n, plan.ApprovalHash(instance, p.HeldByGuards())
	p.Holds = []plan.Hold{hold}
	return p
}

// attempt is a request to the page of a set.
type attempt struct {
	method, host, peer, path, user, site string
	form                                 url.Values
	more                                 map[string]string // headers
}

// send sends it from the proxy, as ada, from the page itself, unless it says otherwise.
func (a attempt) send(p *Page, at net.Addr) *httptest.ResponseRecorder {
	body := a.form.Encode()
	r := httptest.NewRequest(a.method, a.path, strings.NewReader(body))
	r.Host, r.RemoteAddr = cmp.Or(a.host, "localhost"), a.peer
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Sec-Fetch-Site", a.site)
	r.Header.Set("X-Forwarded-User", a.user)
	for name, value := range a.more {
		if r.Header.Del(name); value != "" {
			r.Header.Set(name, value)
		}
	}
	w := httptest.NewRecorder()
	p.Handler(at).ServeHTTP(w, r)
	return w
}

// asAda is a good attempt.
func asAda(method, hash string) attempt {
	return attempt{method: method, peer: "127.0.0.1:5000", path: "/approve/" + hash, user: "ada", site: "same-origin", form: url.Values{"hash": {hash}, "reason": {"the team was closed"}}}
}

// approvals are what the history has.
func approvals(t *testing.T, p *Page) (out []journal.Approval) {
	t.Helper()
	change(t, p.config.State, func(db *journal.DB) (err error) { out, err = db.Approvals(t.Context()); return err })
	return out
}

// Somebody whom the proxy names approves exactly what the page shows. The history has
// the approval as rollcall approve writes it, and the page says what happens next.
func TestS23ApproveOnThePage(t *testing.T) {
	p, hash := approvable(t, removals("ins_1", 2))
	shown := asAda(http.MethodGet, hash).send(p, loopback)
	expect(t, shown.Body.String(), "acme: 2 people would leave", `<a href="../people/user_0">p0@corp.example</a> org:member <small>user_0</small> <small>left: no row in people.csv</small>`, `<p>too many removals (removals, S17)</p>`,
		`<input type="hidden" name="hash" value="`+hash+`">`, `<form class="approve" action="" method="post">`, `<label for="reason">`, "<button>Approve 2 changes for 2 people</button> as ada.")
	if len(approvals(t, p)) != 0 {
		t.Fatal("to look approves")
	}
	w := asAda(http.MethodPost, hash).send(p, loopback)
	if w.Code != http.StatusSeeOther || w.Header().Get("Location") != "./"+hash {
		t.Fatalf("%d %s\n%s", w.Code, w.Header(), w.Body)
	}
	got := approvals(t, p)
	if len(got) != 1 || got[0].Hash != hash || got[0].By != "ada" || got[0].Reason != "the team was closed" || got[0].Organization != "org_1" || len(got[0].Keys) != 2 || !got[0].Live(time.Now()) {
		t.Fatalf("%+v", got)
	}
	after := asAda(http.MethodGet, hash).send(p, loopback).Body.String()
	expect(t, after, "Approved by ada at ", ": the team was closed.", "The next run makes the changes, at 2026-11-24 12:15.", "The approval ends at ")
	unexpect(t, after, `<form class="approve"`, "<button>Approve")
	expect(t, attempt{method: http.MethodGet, peer: "[::1]:5000", path: "/approve", user: "ben@corp.example"}.send(p, loopback).Body.String(),
		`<a href="./approve/`+hash+`">acme: 2 people would leave</a> <small>approved by ada</small>`, "Signed in as ben@corp.example.")
}

// Whoever is not signed in at the proxy, or sends another form than that of the page,
// approves nothing.
func TestS23NothingElseApproves(t *testing.T) {
	p, hash := approvable(t, removals("ins_1", 2))
	other := strings.Repeat("a", 64)
	for name, x := range map[string]struct {
		change func(*attempt)
		status int
		says   string
	}{
		"past the proxy": {func(a *attempt) { a.peer = "192.0.2.1:5000" }, 403, "does not come from it"},
		"not signed in":  {func(a *attempt) { a.user = "" }, 403, "does not say who is signed in"},
		"somebody else":  {func(a *attempt) { a.user = "eve" }, 403, "eve may not approve"},
		"another site":   {func(a *attempt) { a.site = "cross-site" }, 403, "was not sent from this page"},
		"another site, old browser": {func(a *attempt) {
			a.site, a.more = "", map[string]string{"Sec-Fetch-Site": "", "Origin": "https://evil.example"}
		}, 403, "was not sent from this page"},
		"no browser":               {func(a *attempt) { a.more = map[string]string{"Sec-Fetch-Site": ""} }, 403, "was not sent from this page"},
		"another name of the host": {func(a *attempt) { a.host = "evil.example" }, 421, "answers to localhost"},
		"no reason":                {func(a *attempt) { a.form.Set("reason", " ") }, 422, "Say why you approve"},
		"a copied reason":          {func(a *attempt) { a.form.Set("reason", "…") }, 422, "is not a reason: say why"},
		"a long reason":            {func(a *attempt) { a.form.Set("reason", strings.Repeat("x", maxReason+1)) }, 422, "longer than 1,000 characters"},
		"two reasons":              {func(a *attempt) { a.form.Add("reason", "b") }, 400, "not that of this page"},
		"no field for a reason":    {func(a *attempt) { a.form.Del("reason") }, 400, "not that of this page"},
		"no hash":                  {func(a *attempt) { a.form.Del("hash") }, 400, "not that of this page"},
		"the hash of another set":  {func(a *attempt) { a.form.Set("hash", other) }, 400, "not that of this page"},
		"two hashes":               {func(a *attempt) { a.form.Add("hash", other) }, 400, "not that of this page"},
		"a hash that is unknown":   {func(a *attempt) { a.path = "/approve/" + other; a.form.Set("hash", other) }, 404, "no changes wait under this hash"},
		"a shortened hash":         {func(a *attempt) { a.path = "/approve/" + hash[:32]; a.form.Set("hash", hash[:32]) }, 404, "no changes wait under this hash"},
		"a pattern":                {func(a *attempt) { a.path = "/approve/%25"; a.form.Set("hash", "%") }, 404, "no changes wait under this hash"},
		"in the address":           {func(a *attempt) { a.path += "?" + a.form.Encode(); a.form = nil }, 400, "not that of this page"},
		"as plain text":            {func(a *attempt) { a.more = map[string]string{"Content-Type": "text/plain"} }, 400, "not that of this page"},
		"as another kind of form":  {func(a *attempt) { a.more = map[string]string{"Content-Type": "multipart/form-data; boundary=x"} }, 400, "not that of this page"},
		"a form without end":       {func(a *attempt) { a.form.Set("more", strings.Repeat("x", maxForm)) }, 400, "cannot be read"},
		"to look":                  {func(a *attempt) { a.method = http.MethodGet }, 200, "Approve 2 changes"},
		"only the head":            {func(a *attempt) { a.method = http.MethodHead }, 200, ""},
		"another method":           {func(a *attempt) { a.method = http.MethodPut }, 405, ""},
		"the method in a header": {func(a *attempt) {
			a.method, a.more = http.MethodGet, map[string]string{"X-Http-Method-Override": "POST"}
		}, 200, ""},
		"to the list":                {func(a *attempt) { a.path = "/approve" }, 405, ""},
		"to a page that is not that": {func(a *attempt) { a.path = "/approve/" + hash + "/" }, 404, ""},
	} {
		p.attempts = signin.Allowances{}
		a := asAda(http.MethodPost, hash)
		x.change(&a)
		if w := a.send(p, loopback); w.Code != x.status || !strings.Contains(w.Body.String(), x.says) {
			t.Errorf("%s: %d, want %d: %q is missing in\n%s", name, w.Code, x.status, x.says, w.Body)
		}
		if got := approvals(t, p); len(got) != 0 {
			t.Fatalf("%s: %+v", name, got)
		}
	}
	if w := asAda(http.MethodPost, hash).send(p, loopback); w.Code != http.StatusSeeOther {
		t.Errorf("and a good attempt is refused: %d %s", w.Code, w.Body)
	}
}

// A set is approved while it waits as it is shown, and once. The page says why not.
func TestS23OnlyWhatWaitsIsApproved(t *testing.T) {
	long := time.Now().Add(-journal.ApprovalLife - time.Minute)
	for name, x := range map[string]struct {
		before func(t *testing.T, db *journal.DB, set journal.HeldSet) error
		status int
		says   string
	}{
		"approved by somebody": {func(t *testing.T, db *journal.DB, s journal.HeldSet) error {
			return db.Approve(t.Context(), journal.Approval{Hash: s.Hash, Keys: s.Keys, By: "ben", Reason: "mine"})
		}, 409, ": mine."},
		"approved with others": {func(t *testing.T, db *journal.DB, s journal.HeldSet) error {
			return db.Approve(t.Context(), journal.Approval{Hash: "other", Keys: append([]string{"more"}, s.Keys...), By: "ben", Reason: "all of it"})
		}, 409, ": all of it."},
		"done since": {func(t *testing.T, db *journal.DB, s journal.HeldSet) error {
			return errors.Join(db.Approve(t.Context(), journal.Approval{Hash: s.Hash, Keys: s.Keys, By: "ben", Reason: "mine"}), db.UseApproval(t.Context(), s.Hash, s.Keys))
		}, 409, "The changes have been made since."},
		"one more waits": {func(t *testing.T, db *journal.DB, _ journal.HeldSet) error {
			return db.HoldAll(t.Context(), guard.HeldSets(removals("ins_1", 3)))
		}, 409, "The newest plan does not have these changes as they are here"},
		"nothing waits": {func(t *testing.T, db *journal.DB, _ journal.HeldSet) error { return db.HoldAll(t.Context(), nil) }, 409, "The newest plan does not have these changes"},
		"shown long ago": {func(t *testing.T, db *journal.DB, s journal.HeldSet) error {
			s.At = long
			return db.HoldAll(t.Context(), []journal.HeldSet{s})
		}, 404, "shown more than 24 hours ago"},
		"that of an undo": {func(t *testing.T, db *journal.DB, s journal.HeldSet) error {
			return db.Hold(t.Context(), 7, []journal.HeldSet{s})
		}, 409, "rollcall undo 7 --approve "},
		"an approval that has expired": {func(t *testing.T, db *journal.DB, s journal.HeldSet) error {
			return db.Approve(t.Context(), journal.Approval{Hash: s.Hash, Keys: s.Keys, By: "ben", Reason: "mine", Given: long})
		}, 303, ""},
		"an approval of a part": {func(t *testing.T, db *journal.DB, s journal.HeldSet) error {
			return db.Approve(t.Context(), journal.Approval{Hash: "part", Keys: s.Keys[:1], By: "ben", Reason: "mine"})
		}, 303, ""},
		"nothing has happened": {func(*testing.T, *journal.DB, journal.HeldSet) error { return nil }, 303, ""},
	} {
		t.Run(name, func(t *testing.T) {
			p, hash := approvable(t, removals("ins_1", 2))
			change(t, p.config.State, func(db *journal.DB) error {
				set, err := db.Held(t.Context(), hash)
				return errors.Join(err, x.before(t, db, set))
			})
			looked, before := asAda(http.MethodGet, hash).send(p, loopback), approvals(t, p)
			if open := strings.Contains(looked.Body.String(), "<form class=\"approve\""); open != (x.status == 303) || !strings.Contains(looked.Body.String(), x.says) {
				t.Errorf("the form is there: %t; %q in\n%s", open, x.says, looked.Body)
			}
			w := asAda(http.MethodPost, hash).send(p, loopback)
			if w.Code != x.status || !strings.Contains(w.Body.String(), x.says) {
				t.Errorf("%d %s", w.Code, w.Body)
			}
			if after := approvals(t, p); (x.status == 303) != (len(after) > 0 && after[len(after)-1].By == "ada") || x.status != 303 && len(after) != len(before) {
				t.Errorf("%+v", after)
			}
		})
	}
}

// Of two who approve at the same moment one is written down, and the other is told.
func TestS23TwoApproveAtOnce(t *testing.T) {
	p, hash := approvable(t, removals("ins_1", 2))
	codes := make([]int, 6)
	var group errgroup.Group
	for i := range codes {
		group.Go(func() error {
			a := asAda(http.MethodPost, hash)
			if i%2 == 1 {
				a.user = "ben@corp.example"
			}
			codes[i] = a.send(p, loopback).Code
			return nil
		})
	}
	_ = group.Wait()
	counts := map[int]int{}
	for _, code := range codes {
		counts[code]++
	}
	if counts[http.StatusSeeOther] != 1 || counts[http.StatusConflict] != len(codes)-1 || len(approvals(t, p)) != 1 {
		t.Errorf("%v, %+v", counts, approvals(t, p))
	}
}

// Attempts of one person are bounded; those of people who may not approve are no
// attempts of theirs.
func TestS23AttemptsOnThePageAreBounded(t *testing.T) {
	p, hash := approvable(t, removals("ins_1", 2))
	for range 100 {
		a := asAda(http.MethodPost, hash)
		a.user = "eve"
		a.send(p, loopback)
		a = asAda(http.MethodPost, hash)
		a.peer = "192.0.2.1:5000"
		a.send(p, loopback)
	}
	last := 0
	for range 50 {
		a := asAda(http.MethodPost, hash)
		a.form.Set("reason", "")
		last = a.send(p, loopback).Code
	}
	if last != http.StatusTooManyRequests {
		t.Errorf("attempt 50: %d", last)
	}
	a := asAda(http.MethodPost, hash)
	a.user = "ben@corp.example"
	if w := a.send(p, loopback); w.Code != http.StatusSeeOther {
		t.Errorf("another person: %d %s", w.Code, w.Body)
	}
}

// By default there is nothing to approve with, whatever a header says.
func TestS23ApprovingIsOffByDefault(t *testing.T) {
	p, hash := approvable(t, removals("ins_1", 2))
	service := p.config.Service
	p.config.Service = func() Service { s := service(); s.Approve = serve.Approve{}; return s }
	p.Observe(heldRun())
	for _, method := range []string{http.MethodGet, http.MethodPost} {
		if w := asAda(method, hash).send(p, loopback); w.Code != http.StatusNotFound || len(approvals(t, p)) != 0 {
			t.Errorf("%s: %d", method, w.Code)
		}
	}
	a := attempt{method: http.MethodGet, peer: "127.0.0.1:5000", path: "/", user: "ada"}
	unexpect(t, a.send(p, loopback).Body.String(), "Look at all of it and approve", "Signed in")
}

// The first page leads whoever may approve to each set that can be approved, and nobody
// else.
func TestS23ThePageOffersApprovalToWhoMayApprove(t *testing.T) {
	p, _ := approvable(t, removals("ins_1", 2))
	p.Observe(heldRun())
	a := attempt{method: http.MethodGet, peer: "127.0.0.1:5000", path: "/", user: "ada"}
	expect(t, a.send(p, loopback).Body.String(), `<a class="button" href="./approve/`+heldHash()+`">Look at all of it and approve…</a>`, `Signed in as ada. <a href="./approve">`)
	for _, a := range []attempt{{user: "eve", peer: "127.0.0.1:5000"}, {peer: "127.0.0.1:5000"}, {user: "ada", peer: "192.0.2.1:5000"}} {
		a.method, a.path = http.MethodGet, "/"
		unexpect(t, a.send(p, loopback).Body.String(), "Look at all of it and approve", "Signed in")
	}
}

// At an address for others the page names nobody, but to whom the proxy has signed in:
// nobody approves without the names (S43).
func TestS43WhoApprovesSeesTheNames(t *testing.T) {
	made := removals("ins_1", 2)
	o := &made.Organizations[0]
	admin := plan.Change{Action: plan.Add, Organization: "org_1", UserID: "user_zoe", Email: "zoe@corp.example", UserEmail: "other@corp.example", To: "org:admin", Admin: plan.AdminGained, State: plan.Ready}
	admin.Hold(plan.Removals)
	o.Changes = append(o.Changes, admin)
	made.Holds[0].Approval = plan.ApprovalHash("ins_1", made.HeldByGuards())
	p, hash := approvable(t, made)
	service := p.config.Service
	p.config.Service = func() Service { s := service(); s.Approve.Proxies = []string{"10.0.0.5"}; return s }
	a := asAda(http.MethodGet, hash)
	a.peer = "10.0.0.5:5000"
	page := a.send(p, everywhere).Body.String()
	expect(t, page, `<li class="admin">`, ">p1@corp.example</a>", "zoe@corp.example (user user_zoe, who has verified other@corp.example)")
	if strings.Index(page, "zoe@corp.example") > strings.Index(page, "p0@corp.example") {
		t.Error("who becomes admin does not come first")
	}
	for _, peer := range []string{"10.0.0.6:5000", "127.0.0.1:5000"} {
		for _, path := range []string{"/approve/" + hash, "/approve"} {
			a.peer, a.path = peer, path
			w := a.send(p, everywhere)
			if w.Code != http.StatusForbidden {
				t.Errorf("%s from %s: %d", path, peer, w.Code)
			}
			unexpect(t, w.Body.String(), "@corp.example")
		}
	}
}

// The page shows every change of a set that it approves. Of a set that is too large for
// that it shows the command.
func TestS43LargeSetsAreNotApprovedOnThePage(t *testing.T) {
	suite.OneGoroutine(t)
	p, hash := approvable(t, removals("ins_1", mostApproved+1))
	expect(t, asAda(http.MethodGet, hash).send(p, loopback).Body.String(), "These are 5,001 changes, more than are approved on this page (5,000).", "rollcall approve "+hash[:32])
	if w := asAda(http.MethodPost, hash).send(p, loopback); w.Code != http.StatusConflict || len(approvals(t, p)) != 0 {
		t.Errorf("%d", w.Code)
	}
	p, hash = approvable(t, removals("ins_1", mostApproved))
	shown := asAda(http.MethodGet, hash).send(p, loopback).Body.String()
	if n := strings.Count(shown, "@corp.example</a>"); n != mostApproved {
		t.Errorf("%d of %d are shown", n, mostApproved)
	}
	if w := asAda(http.MethodPost, hash).send(p, loopback); w.Code != http.StatusSeeOther {
		t.Errorf("%d", w.Code)
	}
}

// Whoever approves sees for which Clerk instance. The hash of the same changes in another
// instance approves nothing here (S41).
func TestS41ApprovalsOnThePageAreOfOneInstance(t *testing.T) {
	p, hash := approvable(t, removals("ins_1", 2))
	for _, path := range []string{"/approve", "/approve/" + hash, "/approve/" + strings.Repeat("a", 64)} {
		a := asAda(http.MethodGet, hash)
		a.path = path
		expect(t, a.send(p, loopback).Body.String(), " production instance ins_1</title>", "<p>Clerk: production instance ins_1.</p>")
	}
	other := removals("ins_2", 2).Holds[0].Approval
	if w := asAda(http.MethodPost, other).send(p, loopback); w.Code != http.StatusNotFound || len(approvals(t, p)) != 0 {
		t.Errorf("the hash of another instance: %d %s", w.Code, w.Body)
	}
	if w := asAda(http.MethodPost, hash).send(p, loopback); w.Code != http.StatusSeeOther {
		t.Errorf("%d %s", w.Code, w.Body)
	}
}

// S35: what others write is text here too: names, reasons, and the header itself.
func TestS35HostileApprovals(t *testing.T) {
	made := removals("ins_1", 1)
	evil := strings.ToValidUTF8(attack, "")
	o := &made.Organizations[0]
	o.Slug, o.Name = evil, evil
	c := &o.Changes[0]
	c.UserID, c.Email, c.UserEmail, c.From, c.Because, c.Why = evil, evil, evil, evil, evil, evil
	made.Holds[0].Approval = plan.ApprovalHash("ins_1", made.HeldByGuards())
	p, hash := approvable(t, made)
	safe := func(w *httptest.ResponseRecorder) {
		t.Helper()
		for _, bad := range []string{"<script", "<img", "\u202e", "\x1b", "\xff"} {
			if strings.Contains(w.Body.String(), bad) {
				t.Errorf("%q in\n%s", bad, w.Body)
			}
		}
	}
	stranger := asAda(http.MethodGet, hash)
	stranger.user = attack
	safe(stranger.send(p, loopback))
	safe(asAda(http.MethodGet, hash).send(p, loopback))
	again := asAda(http.MethodPost, hash)
	again.form.Set("reason", evil+strings.Repeat("x", maxReason))
	safe(again.send(p, loopback))
	good := asAda(http.MethodPost, hash)
	good.form.Set("reason", attack)
	if w := good.send(p, loopback); w.Code != http.StatusSeeOther {
		t.Fatal(w.Code, w.Body)
	}
	safe(asAda(http.MethodGet, hash).send(p, loopback))
	list := asAda(http.MethodGet, hash)
	list.path = "/approve"
	safe(list.send(p, loopback))
}

// What happens next depends on the service, and on pauses.
func TestNextStepsAfterAnApproval(t *testing.T) {
	for name, x := range map[string]struct {
		change func(*Service)
		pause  string
		want   []string
		not    string
	}{
		"no run is due":   {func(s *Service) { s.Next = time.Time{} }, "org_9", []string{"The next run of the service makes the changes."}, "is paused"},
		"a run goes on":   {func(s *Service) { s.Running = noon }, "org_9", []string{"A run is going on that began earlier. The next one makes the changes, at 2026-11-24 12:15."}, "is paused"},
		"a paused place":  {func(*Service) {}, "org_1", []string{"is paused since", "an audit. Nothing is sent there until rollcall resume."}, ""},
		"all is paused":   {func(*Service) {}, "", []string{"everything is paused since", "until rollcall resume."}, ""},
		"in another zone": {func(s *Service) { s.Zone = time.FixedZone("CET", 3600) }, "org_9", []string{"at 2026-11-24 13:15."}, "is paused"},
	} {
		p, hash := approvable(t, removals("ins_1", 2))
		service := p.config.Service
		p.config.Service = func() Service { s := service(); x.change(&s); return s }
		change(t, p.config.State, func(db *journal.DB) error {
			return db.Pause(t.Context(), journal.Pause{Organization: x.pause, Reason: "an audit", By: "eve"})
		})
		asAda(http.MethodPost, hash).send(p, loopback)
		page := asAda(http.MethodGet, hash).send(p, loopback).Body.String()
		expect(t, page, x.want...)
		if x.not != "" {
			unexpect(t, page, x.not)
		}
		_ = name
	}
}

// Over a real connection, where the address is that of the client.
func TestS23ApproveOverAConnection(t *testing.T) {
	p, hash := approvable(t, removals("ins_1", 2))
	server := httptest.NewServer(p.Handler(loopback))
	defer server.Close()
	client := server.Client()
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	post := func(headers ...string) int {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, server.URL+"/approve/"+hash, strings.NewReader(asAda("", hash).form.Encode()))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		for _, h := range headers {
			name, value, _ := strings.Cut(h, ": ")
			r.Header.Add(name, value)
		}
		answer, err := client.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		_ = answer.Body.Close()
		return answer.StatusCode
	}
	if got := post("Origin: " + server.URL); got != http.StatusForbidden {
		t.Errorf("nobody is signed in: %d", got)
	}
	if got := post("X-Forwarded-User: eve", "X-Forwarded-User: ada", "Origin: "+server.URL); got != http.StatusForbidden {
		t.Errorf("a header of the client's own before that of the proxy: %d", got)
	}
	if len(approvals(t, p)) != 0 {
		t.Fatal("something was approved")
	}
	if got := post("X-Forwarded-User: ada", "Origin: "+server.URL); got != http.StatusSeeOther {
		t.Errorf("ada: %d", got)
	}
	if got := approvals(t, p); len(got) != 1 {
		t.Errorf("%+v", got)
	}
}
