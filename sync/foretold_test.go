package sync_test

import (
	"fmt"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"

	"rollcall/.ci/suite"
	"rollcall/clerkapi"
	"rollcall/clerkapi/sandbox"
	"rollcall/sync"
	"rollcall/sync/apply"
	"rollcall/sync/journal"
	"rollcall/sync/plan"
	"rollcall/sync/policy"
)

// crowded is a random instance in which other things write too, and the file that
// rollcall follows there.
type crowded struct {
	seed sandbox.Seed
	rows []string
}

const crowdedPeople = 7

var (
	crowdedOrganizations = []string{"org_a", "org_b", "org_c"}
	crowdedRoles         = []string{"org:admin", "org:member"}
	// crowdedWorlds draws the instances.
	crowdedWorlds = rapid.Custom(drawCrowded)
)

func crowdedAddress(i int) string {
	return fmt.Sprintf("p%d@%s", i, []string{"corp.example", "sub.corp.example", "other.example"}[i%3])
}

func drawCrowded(rt *rapid.T) *crowded {
	c := &crowded{seed: sandbox.Seed{Version: sandbox.SeedVersion}}
	c.seed.RoleSets = []sandbox.RoleSet{
		{Key: "role_set:default", Type: "initial", Roles: crowdedRoles},
		{Key: "role_set:other", Type: "custom", Roles: crowdedRoles},
	}
	for i := range c.seed.RoleSets {
		if rapid.IntRange(0, 3).Draw(rt, "migrates") == 0 {
			of := rapid.SampledFrom(append([]string{""}, crowdedOrganizations...)).Draw(rt, "organization")
			status := rapid.SampledFrom([]string{"enqueued", "in_progress", "completed"}).Draw(rt, "status")
			c.seed.RoleSets[i].Migration = &sandbox.RoleMigration{OrganizationID: of, Status: status}
		}
	}
	for i := range crowdedPeople {
		c.seed.Users = append(c.seed.Users, sandbox.User{ID: fmt.Sprint("user_", i), Email: crowdedAddress(i)})
	}
	c.seed.Connections = []sandbox.Connection{}
	for i, id := range crowdedOrganizations {
		o := sandbox.Organization{ID: id, Slug: strings.TrimPrefix(id, "org_"), RoleSet: rapid.SampledFrom([]string{"", "role_set:default", "role_set:other"}).Draw(rt, "set")}
		drawSeats(rt, &o)
		c.seed.Organizations = append(c.seed.Organizations, o)
		c.drawMembers(rt, id)
		c.drawWriters(rt, id, i)
	}
	if rapid.Bool().Draw(rt, "instance connection") {
		c.seed.Connections = append(c.seed.Connections, sandbox.Connection{ID: "entconn_all", Name: "all", Domains: []string{"corp.example"}, Active: rapid.Bool().Draw(rt, "active")})
	}
	return c
}

// drawSeats gives an organization limits, as the settings and the subscription may
// have them.
func drawSeats(rt *rapid.T, o *sandbox.Organization) {
	if rapid.IntRange(0, 2).Draw(rt, "has a limit") == 0 {
		o.MaxMemberships = rapid.IntRange(1, 9).Draw(rt, "limit")
	}
	switch quantity := rapid.IntRange(0, 9).Draw(rt, "quantity"); rapid.IntRange(0, 4).Draw(rt, "subscription") {
	case 0: // none
	case 1:
		o.Subscription = &sandbox.Subscription{Items: []sandbox.SubscriptionItem{{Seats: &sandbox.ItemSeats{}}}}
	case 2:
		o.Subscription = &sandbox.Subscription{Items: []sandbox.SubscriptionItem{{}}}
	default:
		o.Subscription = &sandbox.Subscription{Items: []sandbox.SubscriptionItem{
			{Seats: &sandbox.ItemSeats{Quantity: &quantity}}, {Status: "upcoming", Seats: &sandbox.ItemSeats{Quantity: new(99)}}}}
	}
}

// seatsOf are the seats of an organization; not ok if it has no limit.
func (c *crowded) seatsOf(id string) (limit int, ok bool) {
	i := slices.IndexFunc(c.seed.Organizations, func(o sandbox.Organization) bool { return o.ID == id })
	o := &c.seed.Organizations[i]
	limit, ok = o.MaxMemberships, o.MaxMemberships > 0
	if o.Subscription != nil && o.Subscription.Items[0].Seats != nil && o.Subscription.Items[0].Seats.Quantity != nil {
		if q := *o.Subscription.Items[0].Seats.Quantity; !ok || q < limit {
			return q, true
		}
	}
	return limit, ok
}

// drawMembers makes members with rollcall's marker, and rows for some people. An
// admin without a marker stays, so that nobody is the last one.
func (c *crowded) drawMembers(rt *rapid.T, id string) {
	c.seed.Users = append(c.seed.Users, sandbox.User{ID: "user_boss_" + id, Email: "boss@" + strings.TrimPrefix(id, "org_") + ".example"})
	c.seed.Memberships = append(c.seed.Memberships, sandbox.Membership{OrganizationID: id, UserID: "user_boss_" + id, Role: "org:admin"})
	for i := range rapid.IntRange(0, 1).Draw(rt, "invitations") {
		c.seed.Invitations = append(c.seed.Invitations, sandbox.Invitation{OrganizationID: id, Email: fmt.Sprintf("guest%d@guest.example", i), CreatedAt: time.Now().UnixMilli()})
	}
	for i := range crowdedPeople {
		if rapid.Bool().Draw(rt, "member") {
			c.seed.Memberships = append(c.seed.Memberships, sandbox.Membership{OrganizationID: id, UserID: fmt.Sprint("user_", i),
				Role:            rapid.SampledFrom(crowdedRoles).Draw(rt, "role"),
				PrivateMetadata: fmt.Appendf(nil, `{"rollcall":{"owner":"rollcall","source":"hr","id":"%d"}}`, i)})
		}
		if rapid.Bool().Draw(rt, "wanted") {
			c.rows = append(c.rows, fmt.Sprintf("%d,%s,%s,%s", i, crowdedAddress(i), strings.TrimPrefix(id, "org_"), rapid.SampledFrom(crowdedRoles).Draw(rt, "wanted role")))
		}
	}
}

func (c *crowded) drawWriters(rt *rapid.T, id string, i int) {
	name := fmt.Sprint("entconn_", i)
	if rapid.Bool().Draw(rt, "connection") {
		c.seed.Connections = append(c.seed.Connections, sandbox.Connection{ID: name, Name: name, OrganizationID: id, NoJIT: rapid.Bool().Draw(rt, "no accounts"),
			Domains: rapid.SampledFrom([][]string{nil, {"corp.example"}, {"corp.example", "other.example"}}).Draw(rt, "domains"), Active: rapid.IntRange(0, 4).Draw(rt, "active") > 0})
		if rapid.Bool().Draw(rt, "directory") {
			d := sandbox.Directory{ID: fmt.Sprint("dir_", i), ConnectionID: name, Enabled: rapid.IntRange(0, 4).Draw(rt, "enabled") > 0, MapsRoles: rapid.IntRange(0, 4).Draw(rt, "maps") > 0}
			for g, role := range crowdedRoles {
				group := sandbox.DirectoryGroup{ID: fmt.Sprint("g", g)}
				for p := range crowdedPeople {
					if rapid.IntRange(0, 2).Draw(rt, "in group") == 0 {
						group.Members = append(group.Members, fmt.Sprint("user_", p))
					}
				}
				d.Groups = append(d.Groups, group)
				if rapid.Bool().Draw(rt, "mapped") {
					d.Mappings = append(d.Mappings, sandbox.GroupRoleMapping{GroupID: group.ID, Role: role})
				}
			}
			c.seed.Directories = append(c.seed.Directories, d)
		}
	}
	for _, domain := range []string{"corp.example", "other.example"} {
		mode := rapid.SampledFrom([]string{"", "automatic_invitation", "automatic_suggestion", "enterprise_sso"}).Draw(rt, "mode")
		if mode != "" {
			c.seed.Domains = append(c.seed.Domains, sandbox.Domain{OrganizationID: id, Name: domain, Mode: mode})
		}
	}
}

// migrating reports whether the instance refuses roles of an organization.
func (c *crowded) migrating(id string) bool {
	i := slices.IndexFunc(c.seed.Organizations, func(o sandbox.Organization) bool { return o.ID == id })
	key := c.seed.Organizations[i].RoleSet
	for _, s := range c.seed.RoleSets {
		own := s.Key == key || key == "" && s.Type == "initial"
		if m := s.Migration; own && m != nil && m.Status != "completed" && (m.OrganizationID == "" || m.OrganizationID == id) {
			return true
		}
	}
	return false
}

// start runs the instance in this process.
func (c *crowded) start(t *testing.T, directory string) *world {
	t.Helper()
	server, err := sandbox.New(sandbox.Options{SecretKey: "sk_live_test", Seed: &c.seed})
	if err != nil {
		t.Fatal(err)
	}
	client, err := clerkapi.New(clerkapi.Config{SecretKey: clerkapi.NewSecret(server.SecretKey()), APIURL: "http://127.0.0.1",
		Rate: clerkapi.Rate{Requests: 100_000, Window: time.Second}, Budget: "100%"}, clerkapi.WithTransport(server.RoundTripper()))
	if err != nil {
		t.Fatal(err)
	}
	w := &world{t: t, clerk: server, client: client, config: policy.DefaultConfig()}
	w.config.Removals = policy.RemovalsManaged
	most := policy.Limit{People: 1 << 30}
	w.config.Guards = policy.Guards{Removals: most, AdminLosses: most, AdminGrants: most, Adds: most, RoleChanges: most, MetadataNulls: most, SourceShrink: most}
	w.csv.Columns.ID, w.csv.Columns.Email, w.csv.Columns.Organization, w.csv.Columns.Role = "id", "email", "org", "role"
	w.csv.Path = filepath.Join(directory, "people.csv")
	c.write(t, w)
	return w
}

// write writes the file.
func (c *crowded) write(t *testing.T, w *world) {
	t.Helper()
	// A row for the admin of each organization keeps all of them in the plan.
	rows := slices.Clone(c.rows)
	for _, id := range crowdedOrganizations {
		name := strings.TrimPrefix(id, "org_")
		rows = append(rows, fmt.Sprintf("boss-%s,boss@%s.example,%s,org:admin", name, name, name))
	}
	if err := os.WriteFile(w.csv.Path, []byte("id,email,org,role\n"+strings.Join(rows, "\n")+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
}

// foretold counts what the worlds had, so that none of them proves nothing.
type foretold struct{ refused, returned, synced, migrating, seatless, swapped, sent, least int }

// In random worlds with directories, mappings, connections, domains and role
// migrations, Clerk refuses nothing and adds nobody again that the plan had not
// foretold, and whatever is not concerned is done in the same run (S30, S39, S40).
func TestS30NothingHappensThatThePlanHadNotForetold(t *testing.T) {
	t.Parallel()
	worlds := 1000
	if suite.Short(t) {
		worlds = 100
	}
	directory, found := t.TempDir(), &foretold{}
	for seed := range worlds {
		c := crowdedWorlds.Example(seed + 1)
		w := c.start(t, directory)
		report := w.run(sync.Run{Apply: true, Writers: true})
		found.judge(t, c, w, report)
		if t.Failed() {
			t.Fatalf("world %d: %+v\nrows %q", seed+1, c.seed, c.rows)
		}
	}
	t.Logf("%d worlds: %+v", worlds, *found)
	if found.refused == 0 || found.returned == 0 || found.synced == 0 || found.migrating == 0 || found.seatless == 0 || found.swapped == 0 {
		t.Errorf("the worlds prove nothing: %+v", *found)
	}
}

func (f *foretold) judge(t *testing.T, c *crowded, w *world, report *sync.Report) {
	t.Helper()
	outcomes := map[plan.Change]apply.Outcome{}
	for _, o := range report.Outcomes {
		outcomes[o.Change] = o
	}
	refused := 0
	for _, ch := range report.Plan.Changes() {
		o, tried := outcomes[*ch]
		switch {
		case ch.State == plan.Skipped && ch.SkippedFor() == plan.RoleMigration:
			f.migrating++
			if !c.migrating(ch.Organization) || !ch.SetsRole() {
				t.Errorf("skipped without reason: %+v", ch)
			}
		case ch.State == plan.Skipped && ch.SkippedFor() == plan.NoSeat:
			f.seatless++
			if ch.SeatDelta() <= 0 {
				t.Errorf("skipped without reason: %+v", ch)
			}
		case ch.State != plan.Ready:
			t.Errorf("%s for %q: %+v", ch.State, ch.Why, ch)
		case tried && o.Managed:
			refused++
			if !ch.Risks.Has(plan.MayBeManaged) {
				t.Errorf("refused as managed by Clerk, and not foretold: %+v", ch)
			}
		case !tried || !o.Result.Reached():
			t.Errorf("not done: %+v %+v", ch, o)
		}
	}
	f.refused += refused
	for i := range report.Plan.Organizations {
		f.seats(t, c, &report.Plan.Organizations[i])
	}
	f.traffic(t, w, report, refused)
	f.comeBack(t, c, w, report.Plan)
}

// seats compares what joins an organization with the seats that it has.
func (f *foretold) seats(t *testing.T, c *crowded, o *plan.Organization) {
	t.Helper()
	joins, leaves, seatless := 0, 0, 0
	for i := range o.Changes {
		switch ch := &o.Changes[i]; {
		case ch.SkippedFor() == plan.NoSeat:
			seatless++
		case ch.State != plan.Ready:
		case ch.SeatDelta() > 0:
			joins++
		case ch.SeatDelta() < 0 && ch.Admin != plan.AdminLost:
			leaves++
		}
	}
	limit, limited := c.seatsOf(o.ID)
	free := limit - o.Seats.Before
	switch {
	case !limited && seatless+o.Seats.Missing > 0:
		t.Errorf("%s has no limit, and seats are missing: %+v", o.ID, o.Seats)
	case limited && seatless > 0 && joins < max(0, free+leaves):
		t.Errorf("%s: %d join and %d have no seat, of %d free and %d that become free", o.ID, joins, seatless, free, leaves)
	case limited && o.Seats.Missing != seatless:
		t.Errorf("%s: %d have no seat, missing %d", o.ID, seatless, o.Seats.Missing)
	case limited && joins > max(0, free):
		f.swapped++
	}
}

// traffic compares the refusals of Clerk with those that the plan foretold.
func (f *foretold) traffic(t *testing.T, w *world, report *sync.Report, refused int) {
	t.Helper()
	for _, r := range w.clerk.Requests() {
		switch {
		case r.Status == http.StatusConflict:
			refused--
		case r.Status >= http.StatusBadRequest && (r.Write() || r.Kind != "GET /organizations/{organization_id}/billing/subscription" || r.Status != http.StatusNotFound):
			t.Errorf("%s answered %d", r.Kind, r.Status)
		}
	}
	if refused != 0 {
		t.Errorf("%d refusals with 409 that no outcome has", -refused)
	}
	for _, x := range report.Requests {
		f.sent, f.least = f.sent+x.Sent, f.least+x.Least
	}
}

// comeBack lets everybody sign in through every connection, and then every
// directory sync.
func (f *foretold) comeBack(t *testing.T, c *crowded, w *world, p *plan.Plan) {
	t.Helper()
	removed := map[string]*plan.Change{}
	for _, ch := range p.Changes() {
		if ch.Action == plan.Remove && ch.State == plan.Ready {
			removed[ch.Organization+" "+ch.UserID] = ch
		}
	}
	for i := range c.seed.Connections {
		for j := range c.seed.Users {
			n, u := &c.seed.Connections[i], &c.seed.Users[j]
			if !n.Active {
				continue
			}
			in, err := w.clerk.SignIn(sandbox.SignIn{User: u.ID, ConnectionID: n.ID})
			if err != nil && !strings.Contains(err.Error(), "no seat left") {
				t.Fatal(err)
			}
			for _, id := range in.Joined {
				if ch := removed[id+" "+u.ID]; ch != nil {
					f.returned++
					if !ch.Risks.Has(plan.ReturnsAtSignIn) {
						t.Errorf("back at sign-in, and not foretold: %+v", ch)
					}
				}
			}
		}
	}
	for key := range removed { // they leave again before the directories sync
		organization, user, _ := strings.Cut(key, " ")
		_ = w.clerk.RemoveMembership(organization, user) // an error says that they had not come back
	}
	f.syncAgain(t, c, w, removed)
}

func (f *foretold) syncAgain(t *testing.T, c *crowded, w *world, removed map[string]*plan.Change) {
	t.Helper()
	for i := range c.seed.Directories {
		d := &c.seed.Directories[i]
		if !d.Enabled {
			continue
		}
		done, err := w.clerk.SyncDirectory(d.ID)
		if err != nil {
			t.Fatal(err)
		}
		for _, user := range done.Added {
			id := crowdedOrganizations[int(d.ID[len(d.ID)-1]-'0')]
			if ch := removed[id+" "+user]; ch != nil {
				f.synced++
				if !ch.Risks.Has(plan.AddedBySync) {
					t.Errorf("added by the directory's sync, and not foretold: %+v", ch)
				}
			}
		}
	}
}

// besides is an organization with a connection, a directory that maps roles and a
// domain, and one with nothing of the kind. Each has a leaver and a change of role.
func besides() *crowded {
	c := &crowded{seed: sandbox.Seed{Version: sandbox.SeedVersion}}
	for _, id := range crowdedOrganizations {
		c.seed.Organizations = append(c.seed.Organizations, sandbox.Organization{ID: id, Slug: strings.TrimPrefix(id, "org_")})
		boss := "user_boss_" + id
		c.seed.Users = append(c.seed.Users, sandbox.User{ID: boss, Email: "boss@" + strings.TrimPrefix(id, "org_") + ".example"})
		c.seed.Memberships = append(c.seed.Memberships, sandbox.Membership{OrganizationID: id, UserID: boss, Role: "org:admin"})
		for i, role := range []string{"org:member", "org:admin"} { // 0 leaves, 1 becomes a member
			c.seed.Memberships = append(c.seed.Memberships, sandbox.Membership{OrganizationID: id, UserID: fmt.Sprint("user_", i), Role: role,
				PrivateMetadata: fmt.Appendf(nil, `{"rollcall":{"owner":"rollcall","source":"hr","id":"%d"}}`, i)})
		}
		c.rows = append(c.rows, fmt.Sprintf("1,p1@corp.example,%s,org:member", strings.TrimPrefix(id, "org_")))
	}
	for i := range 2 {
		c.seed.Users = append(c.seed.Users, sandbox.User{ID: fmt.Sprint("user_", i), Email: fmt.Sprintf("p%d@corp.example", i)})
	}
	c.seed.Connections = []sandbox.Connection{{ID: "entconn_0", Name: "Okta", OrganizationID: "org_a", Domains: []string{"corp.example"}, Active: true}}
	c.seed.Domains = []sandbox.Domain{{OrganizationID: "org_a", Name: "corp.example", Mode: "enterprise_sso"}}
	c.seed.Directories = []sandbox.Directory{{ID: "dir_0", ConnectionID: "entconn_0", Enabled: true, MapsRoles: true,
		Groups: []sandbox.DirectoryGroup{{ID: "leads", Members: []string{"user_1"}}}, Mappings: []sandbox.GroupRoleMapping{{GroupID: "leads", Role: "org:admin"}}}}
	return c
}

// risksOf are the risks of a plan by organization, action and user.
func risksOf(p *plan.Plan) map[string]plan.Risks {
	out := map[string]plan.Risks{}
	for _, c := range p.Changes() {
		if c.Risks != 0 {
			out[c.Organization+" "+c.Action.String()+" "+c.UserID] = c.Risks
		}
	}
	return out
}

// What one organization's connection and directory may do is said of its changes
// only, and nothing waits for it (S30, S40).
func TestS30RisksAreThoseOfTheOrganization(t *testing.T) {
	t.Parallel()
	w := besides().start(t, t.TempDir())
	p := w.run(sync.Run{Writers: true}).Plan
	want := map[string]plan.Risks{"org_a remove user_0": plan.AddedBySync | plan.ReturnsAtSignIn, "org_a set_role user_1": plan.MayBeManaged}
	if got := risksOf(p); !maps.Equal(got, want) {
		t.Errorf("risks %v, want %v", got, want)
	}
	if n := p.Count(plan.Ready); n != 6 {
		t.Errorf("%d changes are ready, want 6", n)
	}
	if n := p.CountNotes(plan.OtherWriter); n != 3 {
		t.Errorf("%d notes, want one for each of connection, domain and directory", n)
	}
	if p := w.run(sync.Run{}).Plan; len(risksOf(p)) != 0 || p.CountNotes(plan.OtherWriter) != 0 {
		t.Errorf("a plan without state has read the lists: %+v", p.Organizations)
	}
}

// A user whose verified addresses are all outside of the connection's domains does
// not come back through it (S30).
func TestS30OtherAddressesDoNotReturn(t *testing.T) {
	t.Parallel()
	c := besides()
	for i := range c.seed.Users {
		if c.seed.Users[i].ID == "user_0" {
			c.seed.Users[i].Email = "p0@home.example"
		}
	}
	c.seed.Directories = nil
	if got := risksOf(c.start(t, t.TempDir()).run(sync.Run{Writers: true}).Plan); len(got) != 0 {
		t.Errorf("risks %v", got)
	}
}

// The lists of other writers may be refused, break off, fail or hang: every change
// is made all the same, in every organization, and a failure is a note (S39, S40).
func TestS40ListsOfOtherWritersHoldNothing(t *testing.T) {
	t.Parallel()
	faults := map[string]sandbox.Fault{
		"refused":   {Status: 403, Code: "authorization_invalid"},
		"unpaid":    {Status: 402, Code: "unsupported_subscription_plan_features"},
		"malformed": {Status: 422, Code: "form_param_value_invalid"},
		"broken":    {Status: 200, Body: "<html>"},
		"cut":       {CutAfterBytes: 10},
		"slow":      {Delay: sandbox.Duration(time.Hour)},
	}
	for _, kind := range []string{"GET /directories", "GET /directories/{directory_id}/group_role_mappings", "GET /enterprise_connections", "GET /organization_domains"} {
		for name, f := range faults {
			t.Run(name+" "+kind, func(t *testing.T) {
				t.Parallel()
				f.Kind = kind
				synctest.Test(t, func(t *testing.T) { noHarm(t, f, name == "refused" || name == "unpaid") })
			})
		}
	}
}

func noHarm(t *testing.T, f sandbox.Fault, silent bool) {
	t.Helper()
	c := besides()
	w := c.start(t, t.TempDir())
	if err := w.clerk.SetFaults(f); err != nil {
		t.Fatal(err)
	}
	report := w.run(sync.Run{Apply: true, Writers: true})
	if n := report.Tally(apply.Done); n != 5 || len(report.Plan.Holds)+len(report.Plan.Failures) != 0 {
		t.Errorf("%d changes done, want all but the managed role; holds %+v, failures %+v", n, report.Plan.Holds, report.Plan.Failures)
	}
	notes := 0
	for _, n := range report.Plan.Notes {
		if n.Kind == plan.OtherWriter {
			notes++
		}
	}
	if silent != (notes == 0) {
		t.Errorf("notes of failed lists: %d, refused for good: %t; %+v", notes, silent, report.Plan.Writers.Unread)
	}
}

// A run with state reads the lists once a day, and an hour after a failure. What was
// read is remembered, and a failure does not forget it (S30).
func TestS30OtherWritersAreReadOnceADay(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := besides()
		w := c.start(t, t.TempDir())
		db := sync.OpenNewJournal(t, journal.Options{})
		defer func() { _ = db.Close() }() // each write was on disk when it returned
		run := func() *sync.Report {
			t.Helper()
			w.clerk.ForgetRequests()
			return w.remembering(db, sync.Run{Apply: true})
		}
		reads := func(report *sync.Report) string {
			var out []string
			for _, x := range report.Requests {
				if _, name, ok := strings.Cut(x.Kind, "GET /"); ok && slices.Contains([]string{"directories", "directories/{directory_id}/group_role_mappings", "enterprise_connections", "organization_domains"}, name) {
					if x.Sent != x.Least {
						t.Errorf("%s: sent %d, least %d", x.Kind, x.Sent, x.Least)
					}
					out = append(out, fmt.Sprint(x.Sent))
				}
			}
			return strings.Join(out, " ")
		}
		for _, step := range []struct {
			after time.Duration
			fail  bool
			want  string
		}{
			{0, false, "1 1 1 1"}, {time.Hour, false, ""}, {22 * time.Hour, false, ""}, {2 * time.Hour, false, "1 1 1 1"},
			{25 * time.Hour, true, "1 1 1 1"}, {time.Minute, false, ""}, {time.Hour, false, "1 1 1 1"},
		} {
			time.Sleep(step.after)
			var faults []sandbox.Fault
			if step.fail {
				faults = []sandbox.Fault{{Kind: "GET /directories", Status: 422}}
			}
			if err := w.clerk.SetFaults(faults...); err != nil {
				t.Fatal(err)
			}
			// Somebody adds the leaver again, so that each run has a change to tell about.
			_ = w.clerk.AddMembership(sandbox.Membership{OrganizationID: "org_a", UserID: "user_0",
				PrivateMetadata: []byte(`{"rollcall":{"owner":"rollcall","source":"hr","id":"0"}}`)}) // an error says that they are a member
			report := run()
			if step.fail {
				step.want = "1 1 1" // no directory is known, so no mapping is read
			}
			if got := reads(report); got != step.want {
				t.Errorf("after %s: reads %q, want %q", step.after, got, step.want)
			}
			if got := report.Plan.Writers.Of("org_a"); len(got) != 3 {
				t.Errorf("after %s: writers %+v", step.after, got)
			}
		}
	})
}

// Clerk refuses a role that its own directory sync manages. The next run leaves
// that change out, and still removes the person when they leave (S19, S39).
func TestS39AManagedRoleDelaysNoRemoval(t *testing.T) {
	t.Parallel()
	c := besides()
	c.seed.Memberships = slices.DeleteFunc(c.seed.Memberships, func(m sandbox.Membership) bool { return len(m.PrivateMetadata) > 0 })
	w := c.start(t, t.TempDir())
	db := sync.OpenNewJournal(t, journal.Options{})
	defer func() { _ = db.Close() }() // each write was on disk when it returned
	run := func() *sync.Report {
		t.Helper()
		return w.remembering(db, sync.Run{Apply: true})
	}
	run() // adds the person, and then the directory makes them an admin
	if _, err := w.clerk.SyncDirectory("dir_0"); err != nil {
		t.Fatal(err)
	}
	if report := run(); report.Tally(apply.Dropped) != 1 || !report.Outcomes[0].Managed {
		t.Errorf("Clerk changed a role that its directory manages: %+v", report.Outcomes)
	}
	p := run().Plan
	if got := p.Count(plan.Skipped); got != 1 || p.Organizations[0].Changes[0].SkippedFor() != plan.ManagedByClerk {
		t.Errorf("the second run sends the change again: %+v", p.Organizations[0].Changes)
	}
	c.rows = slices.DeleteFunc(c.rows, func(row string) bool { return strings.Contains(row, ",a,") })
	c.write(t, w)
	report := run()
	if w.members("org_a")["user_1"].UserID != "" {
		t.Errorf("the leaver is still a member: %+v, holds %+v", report.Plan.Organizations[0].Changes, report.Plan.Holds)
	}
}
