package diff

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"rollcall/clerkapi"
	"rollcall/source"
	"rollcall/sync/assign"
	"rollcall/sync/directory"
	"rollcall/sync/exception"
	"rollcall/sync/identity"
	"rollcall/sync/internal/fake"
	"rollcall/sync/memory"
	"rollcall/sync/plan"
	"rollcall/sync/policy"
	"rollcall/sync/roster"
)

// wishing is a desirer over one organization.
type wishing struct {
	*desirer
	o *roster.Organization
}

// newWishing has members of ours, by user and id; an empty id has no marker.
func newWishing(removals policy.Removals, members map[string]string) *wishing {
	o := &roster.Organization{Names: []string{"acme"}}
	o.ID = "org_a"
	st := &roster.Roster{Organizations: []*roster.Organization{o}, Markers: roster.NewMarkerIndex(len(members), nil)}
	for _, user := range slices.Sorted(maps.Keys(members)) {
		m := roster.Member{UserID: user, Role: "org:member", Public: json.RawMessage(`{}`), Private: json.RawMessage(`{}`)}
		if id := members[user]; id != "" {
			m.Marker = &plan.Marker{Owner: "rollcall", Source: "hr", ID: id}
			m.Private = json.RawMessage(fake.Ours(id))
		}
		o.Members = append(o.Members, m)
	}
	for i := range o.Members {
		if o.Members[i].Marker != nil {
			st.Markers.Add(&o.Members[i])
		}
	}
	return &wishing{&desirer{config: policy.Config{Owner: "rollcall", Removals: removals}, have: st, assigned: &assign.Assignments{}, frozen: map[string]*directory.Person{},
		people: &identity.Resolver{Directory: &directory.Directory{}, UserIndex: identity.UserIndex{Unproven: map[string]bool{}}}}, o}
}

// wish wants somebody as a member.
func wish(id, user string, change ...func(*directory.Person)) assign.Entitlement {
	p := &directory.Person{Person: &source.Person{ID: id, Email: id + "@corp.example", Origin: source.Origin{DN: "uid=" + id}}, From: &source.Snapshot{Source: "hr"}, UserID: user}
	for _, c := range change {
		c(p)
	}
	return assign.Entitlement{Person: p, Role: "org:member", Reason: assign.Reason{SharedReason: &assign.SharedReason{Text: "rule 1"}}}
}

func troubled(rule string, hold bool, users ...string) func(*directory.Person) {
	return func(p *directory.Person) {
		p.Problem = &directory.Problem{Rule: rule, Text: rule + " of " + p.ID, Users: users, Hold: hold}
	}
}

// shows is the desire in a line: + wanted, = kept.
func (w *wishing) shows(wants ...assign.Entitlement) (string, *Findings) {
	out, f := w.organization(w.o, wants)
	var all []string
	for _, u := range slices.Sorted(maps.Keys(out.people)) {
		all = append(all, "+"+u)
	}
	for _, u := range slices.Sorted(maps.Keys(out.keep)) {
		all = append(all, "="+u)
	}
	return strings.Join(all, " "), f
}

// Nothing happens to the users of a conflict, whether this organization wants
// them under another name, or not at all (S02).
func TestS02NobodyConcernedIsTouched(t *testing.T) {
	w := newWishing(policy.RemovalsManaged, map[string]string{"u1": "1", "u2": "2", "u3": "3"})
	conflict := wish("9", "", troubled("S02", true, "u1", "u7"))
	v := &identity.Resolver{Have: w.have, People: []*directory.Person{conflict.Person, wish("8", "", troubled("S06", false, "u3")).Person, wish("2", "u2").Person}, UserIndex: identity.UserIndex{Unproven: map[string]bool{}}}
	w.desirer = newDesirer(w.config, v, &assign.Assignments{}, w.now)
	if got, _ := w.shows(wish("2", "u2")); got != "+u2 =u1" {
		t.Errorf("where the conflict wants nothing: %s; u1 must stay, u3 is nobody's any more", got)
	}
	if got, _ := w.shows(wish("1", "u1"), wish("2", "u2")); got != "+u2 =u1" {
		t.Errorf("where its user is wanted: %s", got)
	}
	got, f := w.shows(conflict)
	if got != "=u1 =u7" || len(f.Conflicts) != 1 || f.Conflicts[0].Rule != "S02" || f.Conflicts[0].Email != "9@corp.example" || f.Conflicts[0].Organization != "org_a" {
		t.Errorf("the conflict itself: %s, %+v", got, f.Conflicts)
	}
}

// A conflict is held once in each organization where it keeps somebody from something, in
// the name of its first person, and nowhere else (S02).
func TestS02WhereAConflictIsHeld(t *testing.T) {
	t.Parallel()
	first, second := wish("9", "", troubled("S02", true, "u1", "u4")), wish("8", "", troubled("S02", true, "u1"))
	asAdmin := wish("1", "u1")
	asAdmin.Role = "org:admin"
	for name, x := range map[string]struct {
		wants []assign.Entitlement
		kept  string
		held  string
	}{
		"its user would leave":          {nil, "=u1", "9"},
		"its user is wanted as today":   {[]assign.Entitlement{wish("1", "u1")}, "=u1", ""},
		"its user would have more":      {[]assign.Entitlement{asAdmin}, "=u1", "9"},
		"its user would join":           {[]assign.Entitlement{wish("1", "u1"), wish("4", "u4")}, "=u1 =u4", "9"},
		"another trouble keeps it":      {[]assign.Entitlement{wish("7", "", troubled("S06", false, "u1"))}, "=u1", ""},
		"by two rules":                  {[]assign.Entitlement{first, first}, "=u1 =u4", "9"},
		"two of them, one by two rules": {[]assign.Entitlement{first, second, first}, "=u1 =u4", "9 8"},
	} {
		w := newWishing(policy.RemovalsManaged, map[string]string{"u1": "1"})
		v := &identity.Resolver{Have: w.have, People: []*directory.Person{first.Person, second.Person}, UserIndex: identity.UserIndex{Unproven: map[string]bool{}}}
		w.desirer = newDesirer(w.config, v, &assign.Assignments{}, w.now)
		got, f := w.shows(x.wants...)
		var held []string
		for i := range f.Conflicts {
			held = append(held, strings.TrimSuffix(f.Conflicts[i].Email, "@corp.example"))
		}
		if got != x.kept || strings.Join(held, " ") != x.held {
			t.Errorf("%s: %s, held for %v", name, got, held)
		}
	}
}

// Who is in a row of which nobody knows whether it counts stays. It is said elsewhere, and
// holds nothing (S10).
func TestS10WhoIsUnclearStays(t *testing.T) {
	t.Parallel()
	w := newWishing(policy.RemovalsAll, map[string]string{"u1": "1"})
	got, f := w.shows(wish("1", "u1", func(p *directory.Person) {
		p.Problem = &directory.Problem{Rule: "S10", Users: []string{"u1"}, Noted: true}
	}))
	if got != "=u1" || len(f.notes)+len(f.Conflicts)+len(f.Unusable) != 0 {
		t.Errorf("%s, %+v", got, f)
	}
}

// Who is named by a trouble stays, also where a rule wants the same user in
// another way; a trouble that does not hold is a note (S06).
func TestS06WhoIsNamedStays(t *testing.T) {
	w := newWishing(policy.RemovalsAll, map[string]string{"u1": "1", "u2": "2"})
	got, f := w.shows(wish("1", "u1"), wish("3", "", troubled("S06", false, "u1")))
	if got != "=u1" || len(f.notes) != 1 || f.notes[0].Rule != "S06" || len(f.Conflicts)+len(f.Unusable) != 0 {
		t.Errorf("%s, %+v", got, f)
	}
	if got, f = w.shows(wish("3", "", troubled("S06", true, "u2"))); got != "=u2" || len(f.Conflicts) != 1 || len(f.notes) != 0 {
		t.Errorf("held: %s, %+v", got, f)
	}
}

// Somebody unusable whom an earlier run could read keeps what they have; one
// who never was is a note where only ours can go, and holds otherwise (S10).
func TestS10WhoTheUnusableAre(t *testing.T) {
	reads := &memory.Memory{Begun: true, References: map[string]map[string]string{"hr": {memory.ReferenceKey("uid=1"): "1", memory.ReferenceKey("uid=group"): memory.GroupReference}}}
	gone := func(id string) assign.Entitlement { return wish(id, "", troubled("S10", false)) }
	for name, x := range map[string]struct {
		memory   *memory.Memory
		removals policy.Removals
		ignore   bool
		who      assign.Entitlement
		kept     string
		holds    int
	}{
		"known":                     {reads, policy.RemovalsManaged, false, gone("1"), "=u1", 0},
		"never ours":                {reads, policy.RemovalsManaged, false, gone("2"), "", 0},
		"a group":                   {reads, policy.RemovalsManaged, false, gone("group"), "", 1},
		"known, but all may go":     {reads, policy.RemovalsAll, false, gone("1"), "", 1},
		"no history":                {nil, policy.RemovalsManaged, false, gone("1"), "", 1},
		"ignored":                   {nil, policy.RemovalsManaged, true, gone("1"), "", 0},
		"another trouble, as known": {reads, policy.RemovalsManaged, false, wish("1", "", troubled("S06", false)), "", 0},
	} {
		w := newWishing(x.removals, map[string]string{"u1": "1", "u2": ""})
		w.memory = x.memory
		if x.ignore {
			w.config.IgnoreUnreadable = map[string]bool{"hr": true}
		}
		got, f := w.shows(x.who)
		if w.config.Removals == policy.RemovalsManaged {
			got = strings.TrimSuffix(strings.TrimSuffix(got, "=u2"), " ") // who is not ours stays anyhow
		}
		if got != x.kept || len(f.Unusable) != x.holds || len(f.notes) != 1-x.holds {
			t.Errorf("%s: kept %q, %d unusable, notes %+v; want %q, %d", name, got, len(f.Unusable), f.notes, x.kept, x.holds)
		}
	}
}

// Who is left alone is kept, and noted only when something differs; a marker
// that is not written is no difference (S26).
func TestS26WhoIsLeftAlone(t *testing.T) {
	foreign := json.RawMessage(`{"rollcall":{"id":"1","owner":"other","source":"hr"}}`)
	for name, x := range map[string]struct {
		private json.RawMessage
		marker  *plan.Marker
		role    string
		says    string
	}{
		"not ours, the same":  {json.RawMessage(`{}`), nil, "org:member", ""},
		"not ours, differs":   {json.RawMessage(`{}`), nil, "org:guest", "rollcall did not add this member, so not changed"},
		"another's, the same": {foreign, &plan.Marker{Owner: "other", Source: "hr", ID: "1"}, "org:member", ""},
		"another's, differs":  {foreign, &plan.Marker{Owner: "other", Source: "hr", ID: "1"}, "org:guest", `the marker names the owner "other"`},
	} {
		w := newWishing(policy.RemovalsManaged, map[string]string{"u1": ""})
		m := &w.o.Members[0]
		m.Private, m.Marker, m.Role = x.private, x.marker, x.role
		got, f := w.shows(wish("1", "u1"))
		switch {
		case got != "=u1":
			t.Errorf("%s: %s", name, got)
		case x.says == "" && len(f.notes) != 0, x.says != "" && (len(f.notes) != 1 || f.notes[0].Rule != "S26" || !strings.Contains(f.notes[0].Text, x.says)):
			t.Errorf("%s: notes %+v", name, f.notes)
		}
	}
}

// Members whom no rule wants: others' are counted, and one whose metadata are
// not shown is left alone and named (S26).
func TestS26Unwanted(t *testing.T) {
	w := newWishing(policy.RemovalsAll, map[string]string{"u1": "1", "u2": "", "u3": ""})
	w.o.Members[1].Marker = &plan.Marker{Owner: "other", Source: "hr", ID: "2"}
	w.o.Members[2].Private = nil
	got, f := w.shows()
	if f.foreignNote() != `1 member with another owner's marker, not changed: u2 ("other")` {
		t.Errorf("note %q", f.foreignNote())
	}
	w.o.Members[1].Marker.Owner = ""
	if _, f := w.shows(); !strings.HasSuffix(f.foreignNote(), ": u2 (no owner)") {
		t.Errorf("note %q about a marker that was changed by hand", f.foreignNote())
	}
	if got != "=u2 =u3" || f.foreign != 1 || len(f.notes) != 1 || !strings.Contains(f.notes[0].Text, "u3: Clerk did not send the private metadata") {
		t.Errorf("%s, %d of others, notes %+v", got, f.foreign, f.notes)
	}
}

// A grant gives nothing if its entry leads to another account today than to the one
// that whoever granted has seen, or has another address with nothing but the address
// to go by. Whoever has the account keeps what they have (S01, S43).
func TestS01AGrantForAnotherAccount(t *testing.T) {
	const address = "1@corp.example"
	byID := func(p *directory.Person) { p.MatchedBy = directory.ByMarker }
	byMail := func(p *directory.Person) { p.MatchedBy = directory.ByEmail }
	account := func(p *directory.Person) { p.EnsureExceptions().Account = "u9" }
	for name, x := range map[string]struct {
		user, address string // when the grant was made
		who           assign.Entitlement
		want          string
		refused       bool
	}{
		"the same account":                  {"u1", address, wish("1", "u1", byID), "+u1", false},
		"the same account, by the address":  {"u1", address, wish("1", "u1", byMail), "+u1", false},
		"the same account, another address": {"u1", "2@corp.example", wish("1", "u1", byMail), "=u1", true},
		"another account":                   {"u7", address, wish("1", "u1", byID), "=u1", true},
		"another account, by the address":   {"u7", address, wish("1", "u1", byMail), "=u1", true},
		"no account then":                   {"", address, wish("1", "u1", byMail), "+u1", false},
		"no account then, another address":  {"", "2@corp.example", wish("1", "u1", byMail), "=u1", true},
		"no account then, by an id":         {"", "2@corp.example", wish("1", "u1", byID), "+u1", false},
		"no account today":                  {"u7", address, wish("1", ""), "", false},
		"no account today, another address": {"u7", "2@corp.example", wish("1", ""), "", true},
		"for the account, not the entry":    {"u7", "2@corp.example", wish("1", "u1", byMail, account), "+u1", false},
	} {
		w := newWishing(policy.RemovalsAll, nil)
		x.who.Reason = assign.Reason{SharedReason: &assign.SharedReason{Text: "grant", Exception: &exception.Exception{ID: 4, UserID: x.user, Address: x.address}}}
		got, f := w.shows(x.who)
		var said []plan.Note
		for _, n := range f.notes {
			if n.Rule == "S01" {
				said = append(said, n)
			}
		}
		if got != x.want || (len(said) == 1) != x.refused {
			t.Errorf("%s: %q, notes %+v; want %q", name, got, f.notes, x.want)
		}
		if user := x.who.Person.UserID; x.refused && (said[0].Email != address || user != "" && !slices.Equal(said[0].Users, []string{user}) ||
			!strings.Contains(said[0].Text, "exception 4 was made for another account or address ("+x.address+")")) {
			t.Errorf("%s: notes %+v", name, said)
		}
	}
	rule := wish("1", "u1", byMail)
	if got, f := newWishing(policy.RemovalsAll, nil).shows(rule); got != "+u1" || len(f.notes) != 0 {
		t.Errorf("a rule: %q, notes %+v", got, f.notes)
	}
}

// Who has no user is reported, and why: nobody holds the address, or somebody
// without proof (S03).
func TestS03WhyThereIsNoUser(t *testing.T) {
	w := newWishing(policy.RemovalsManaged, nil)
	w.people.Unproven["2@corp.example"] = true
	_, f := w.shows(wish("1", ""), wish("2", ""))
	if len(f.notes) != 2 || !strings.Contains(f.notes[0].Text, "will be added after signing up") || strings.Contains(f.notes[0].Text, "S03") || !strings.Contains(f.notes[1].Text, "but has not verified it (S03)") {
		t.Errorf("notes %+v", f.notes)
	}
	w.config.MissingUsers, w.domains, w.have.InvitationsRead = policy.MissingInvite, map[string]bool{"corp.example": true}, true
	out, f := w.organization(w.o, []assign.Entitlement{wish("1", "")})
	if len(out.invite) != 1 || len(f.notes) != 0 {
		t.Errorf("whoever is invited is not said to sign up by themselves: %+v, %d invited", f.notes, len(out.invite))
	}
}

// Who was joined by the identifier of a listing alone has all that is wanted,
// and is not looked at more closely (S04).
func TestS04JoinedByIdentifierIsLeftAsItIs(t *testing.T) {
	w := newWishing(policy.RemovalsAll, map[string]string{"u1": ""})
	if got, _ := w.shows(wish("1", "u1", func(p *directory.Person) { p.MatchedBy = directory.ByIdentifier })); got != "=u1" {
		t.Errorf("%s", got)
	}
	if got, _ := w.shows(wish("1", "u1")); got != "+u1" {
		t.Errorf("joined by something better: %s", got)
	}
}

// Who is a member stays although the next time here has not begun, and who is
// none gets nothing before (S28).
func TestS28WhoseTimeHasNotCome(t *testing.T) {
	now := time.Date(2026, 3, 2, 10, 0, 0, 0, time.UTC)
	later := func(w assign.Entitlement) assign.Entitlement {
		w.Periods = &assign.Periods{Begins: now.Add(time.Hour)}
		return w
	}
	w := newWishing(policy.RemovalsAll, map[string]string{"u1": "1", "u2": "2"})
	got, f := w.shows(later(wish("1", "u1")), later(wish("3", "u3")), later(wish("4", "")))
	if got != "=u1" || len(f.notes)+len(f.Conflicts)+len(f.Unusable) != 0 {
		t.Errorf("%s, %+v", got, f)
	}
	begun := wish("2", "u2")
	begun.Periods = &assign.Periods{Since: now.Add(-time.Hour)}
	if got, _ = w.shows(begun); got != "+u2" {
		t.Errorf("begun: %s", got)
	}
}

// A marker is rewritten when the address in it became an id of the same source,
// or an id changed; the one that a lower source wrote stays (S01).
func TestS01WhichMarkersAreRewritten(t *testing.T) {
	for name, x := range map[string]struct {
		marker plan.Marker
		mark   bool
	}{
		"the very same":          {plan.Marker{Owner: "rollcall", Source: "hr", ID: "1"}, false},
		"the address it was":     {plan.Marker{Owner: "rollcall", Source: "hr", ID: "1@corp.example"}, true},
		"another id":             {plan.Marker{Owner: "rollcall", Source: "hr", ID: "7"}, true},
		"that of a lower source": {plan.Marker{Owner: "rollcall", Source: "crm", ID: "5"}, false},
		"that of another source": {plan.Marker{Owner: "rollcall", Source: "crm", ID: "6"}, true},
	} {
		w := newWishing(policy.RemovalsManaged, map[string]string{"u1": "1"})
		w.o.Members[0].Marker = &x.marker
		out, _ := w.organization(w.o, []assign.Entitlement{wish("1", "u1", func(p *directory.Person) { p.EnsureExceptions().Aliases = []plan.DirectoryID{{Source: "crm", ID: "5"}} })})
		if got := out.people["u1"]; got.userID != "u1" || got.mark != x.mark {
			t.Errorf("%s: %+v, want mark %t", name, got, x.mark)
		}
	}
}

// In an organization that is known by a reviewer's decisions only, everybody
// else stays, whatever removals says.
func TestNoRuleTakesNobody(t *testing.T) {
	for _, unruled := range []bool{true, false} {
		m := &roster.Member{UserID: "u1", Private: []byte(fake.Ours("1")), Marker: &plan.Marker{Owner: "rollcall", Source: "hr", ID: "1"}}
		d := &desirer{config: policy.Config{Owner: "rollcall", Removals: policy.RemovalsAll}}
		o := &roster.Organization{ReviewOnly: unruled, Decisions: map[string]*source.Decision{"u2": {Remove: true}}}
		if got := d.stays(o, m, &Findings{}); got != unruled {
			t.Errorf("unruled %t: kept %t", unruled, got)
		}
	}
}

// A member whose metadata leave no place for a managed key is not as the rules
// want: matched adopts them not, and where they are left alone they differ. An
// absent key makes no difference (S26).
func TestS26SomebodysValueIsADifference(t *testing.T) {
	for _, x := range []struct {
		floor    any
		removals policy.Removals
		adopt    policy.AdoptMode
		mark     bool
		note     string
		free     bool // the private metadata leave a place for it
	}{
		{"3", policy.RemovalsManaged, policy.AdoptMatched, false, "keys below public_metadata.desk, private_metadata.desk,", false},
		{nil, policy.RemovalsManaged, policy.AdoptMatched, true, "", false},
		{"3", policy.RemovalsManaged, policy.AdoptNone, false, "rollcall did not add this member, so not changed", false},
		{nil, policy.RemovalsManaged, policy.AdoptNone, false, "", false},
		{"3", policy.RemovalsManaged, policy.AdoptMatched, false, "keys below public_metadata.desk,", true},
		{"3", policy.RemovalsManaged, policy.AdoptNone, false, "rollcall did not add this member, so not changed", true},
	} {
		w := newWishing(x.removals, map[string]string{"user_ann": ""})
		w.config.Adopt = x.adopt
		m := &w.o.Members[0]
		m.Public, m.Private = json.RawMessage(`{"desk":"x"}`), json.RawMessage(`{"desk":["x"]}`)
		e := wish("ann", "user_ann")
		e.Public = map[string]any{"desk": map[string]any{"floor": x.floor}, "dept": nil}
		e.Private = e.Public
		if x.free {
			e.Private = nil
		}
		out, f := w.organization(w.o, []assign.Entitlement{e})
		if got := out.people["user_ann"].mark; got != x.mark {
			t.Errorf("%+v: mark %v", x, got)
		}
		if got := out.people["user_ann"].public; got["desk"] != nil {
			t.Errorf("%+v: wants %v in the place of somebody's value", x, got)
		}
		if x.note == "" && len(f.notes) > 0 || x.note != "" && (len(f.notes) != 1 || !strings.Contains(f.notes[0].Text, x.note) || f.notes[0].Rule != "S26") {
			t.Errorf("%+v: notes %+v", x, f.notes)
		}
	}
}

// Of another owner's member it is said once that they differ, whatever the
// difference is (S26).
func TestS26AnotherOwnersValueIsSaidOnce(t *testing.T) {
	w := newWishing(policy.RemovalsAll, map[string]string{"u1": ""})
	m := &w.o.Members[0]
	m.Public, m.Marker = json.RawMessage(`{"desk":"x"}`), &plan.Marker{Owner: "other", Source: "hr", ID: "1"}
	e := wish("1", "u1")
	e.Public = map[string]any{"desk": map[string]any{"floor": "3"}}
	if got, f := w.shows(e); got != "=u1" || len(f.notes) != 1 || !strings.Contains(f.notes[0].Text, `the marker names the owner "other", so not changed`) {
		t.Errorf("%s, notes %+v", got, f.notes)
	}
}

// A role that was set by hand stands where the rule's mode says so (S27).
func TestS27WhichRoleStands(t *testing.T) {
	for name, x := range map[string]struct {
		mode         policy.RolesMode
		wanted, have string
		want         string
	}{
		"exact, lower":      {policy.RolesExact, "org:member", "org:guest", "org:member"},
		"exact, higher":     {policy.RolesExact, "org:member", "org:admin", "org:member"},
		"on add, lower":     {policy.RolesOnAdd, "org:member", "org:guest", "org:guest"},
		"on add, higher":    {policy.RolesOnAdd, "org:member", "org:admin", "org:admin"},
		"at least, lower":   {policy.RolesAtLeast, "org:member", "org:guest", "org:member"},
		"at least, higher":  {policy.RolesAtLeast, "org:member", "org:admin", "org:admin"},
		"at least, unknown": {policy.RolesAtLeast, "org:member", "org:old", "org:member"},
	} {
		w := newWishing(policy.RemovalsManaged, map[string]string{"u1": "1"})
		w.have.Roles = roster.NewRoles([]clerkapi.Role{fake.AdminRole, fake.MemberRole, fake.GuestRole}, nil)
		w.o.Members[0].Role = x.have
		e := wish("1", "u1")
		e.Role, e.Mode = x.wanted, x.mode
		out, _ := w.organization(w.o, []assign.Entitlement{e})
		if got := out.people["u1"].role; got != x.want {
			t.Errorf("%s: %s, want %s", name, got, x.want)
		}
		newcomer := wish("2", "u2")
		newcomer.Role, newcomer.Mode = x.wanted, x.mode
		out, _ = w.organization(w.o, []assign.Entitlement{newcomer})
		if got := out.people["u2"].role; got != x.wanted {
			t.Errorf("%s: somebody new is %s", name, got)
		}
	}
}

// Whose marker is written: with takeover that of another owner's member, with
// adoption that of nobody's; metadata that are not shown are not touched (S26).
func TestS26WhoseMarkerIsWritten(t *testing.T) {
	other := &plan.Marker{Owner: "other", Source: "hr", ID: "1"}
	wanted := map[string]any{"dept": "IT"}
	for name, x := range map[string]struct {
		marker  *plan.Marker
		adopt   policy.AdoptMode
		take    bool
		unshown bool
		shows   string
		mark    bool
	}{
		"nobody's":                   {nil, policy.AdoptNone, false, false, "+u1", false},
		"nobody's, adopted":          {nil, policy.AdoptWanted, false, false, "+u1", true},
		"nobody's, not yet adopted":  {nil, policy.AdoptMatched, false, false, "+u1", false},
		"nobody's, adopted, unshown": {nil, policy.AdoptWanted, false, true, "=u1", false},
		"another's":                  {other, policy.AdoptNone, false, false, "=u1", false},
		"another's, taken over":      {other, policy.AdoptNone, true, false, "+u1", true},
	} {
		w := newWishing(policy.RemovalsAll, map[string]string{"u1": ""})
		w.config.Adopt, w.config.Takeover = x.adopt, x.take
		m := &w.o.Members[0]
		if m.Marker = x.marker; x.unshown {
			m.Private = nil
		}
		e := wish("1", "u1")
		e.Private = wanted
		if got, _ := w.shows(e); got != x.shows {
			t.Errorf("%s: %s", name, got)
		}
		out, _ := w.organization(w.o, []assign.Entitlement{e})
		if got := out.people["u1"]; got.mark != x.mark || x.shows == "+u1" && (got.private == nil) != x.unshown {
			t.Errorf("%s: %+v", name, got)
		}
		want := map[bool]string{true: "=u1"}[x.marker != nil && !x.take || x.unshown]
		if got, _ := w.shows(); got != want {
			t.Errorf("%s, wanted no more: %q", name, got)
		}
	}
}

// A marker with the id that another source has for the user stays; another id of
// the person's own source is rewritten (S01).
func TestS01MarkerOfAnotherSourceStays(t *testing.T) {
	for was, want := range map[plan.DirectoryID]desiredMember{
		{Source: "crm", ID: "5"}: {source: "crm", id: "5"},
		{Source: "crm", ID: "6"}: {source: "hr", id: "1", mark: true},
		{Source: "hr", ID: "7"}:  {source: "hr", id: "1", mark: true},
		{Source: "hr", ID: "1"}:  {source: "hr", id: "1"},
	} {
		w := newWishing(policy.RemovalsManaged, map[string]string{"u1": "1"})
		w.o.Members[0].Marker = &plan.Marker{Owner: "rollcall", Source: was.Source, ID: was.ID}
		w.ids = map[string][]plan.DirectoryID{"u1": {{Source: "hr", ID: "1"}, {Source: "crm", ID: "5"}, {Source: "hr", ID: "7"}}}
		out, _ := w.organization(w.o, []assign.Entitlement{wish("1", "u1")})
		if got := out.people["u1"]; got.source != want.source || got.id != want.id || got.mark != want.mark {
			t.Errorf("%v: %+v", was, got)
		}
	}
}

// Who was readable once, and a membership that shows no user, stay as they are;
// nobody is added a second time (S10).
func TestS10WhoCannotBeSeenStays(t *testing.T) {
	w := newWishing(policy.RemovalsAll, map[string]string{"u1": "1", "u2": "2"})
	w.known = map[string][]plan.DirectoryID{"acme": {{Source: "hr", ID: "1"}}, "beta": {{Source: "hr", ID: "2"}}}
	if got, _ := w.shows(); got != "=u1" {
		t.Errorf("%s", got)
	}
	w.known = nil
	w.o.Nameless = []roster.NamelessMember{{MembershipID: "m9", Marker: &plan.Marker{Owner: "rollcall", Source: "hr", ID: "9"}}}
	got, f := w.shows(wish("9", "u9"), wish("8", "u8"))
	if got != "+u8 =u9" || len(f.notes) != 1 || f.notes[0].Rule != "S10" || !strings.HasPrefix(f.notes[0].Text, "membership m9 is not changed") {
		t.Errorf("%s, notes %+v", got, f.notes)
	}
	w.o.Nameless[0].Marker.Owner = "other"
	if got, _ = w.shows(wish("9", "u9")); got != "+u9" {
		t.Errorf("another owner's: %s", got)
	}
}

// Who has a user is added, and not invited (S07).
func TestS07WhoHasAUserIsNotInvited(t *testing.T) {
	w := newWishing(policy.RemovalsManaged, nil)
	w.config.MissingUsers, w.domains = policy.MissingInvite, map[string]bool{"corp.example": true}
	out, f := w.organization(w.o, []assign.Entitlement{wish("1", "u1")})
	if len(out.people) != 1 || len(out.invite) != 0 || len(f.notes) != 0 {
		t.Errorf("%+v, notes %+v", out, f.notes)
	}
}

// The first three members of other owners are named, and that there are more (S26).
func TestS26OthersAreNamed(t *testing.T) {
	for n, want := range map[int]string{
		3: `3 members with another owner's marker, not changed: u1 ("other"), u2 ("other"), u3 ("other")`,
		4: `4 members with another owner's marker, not changed: u1 ("other"), u2 ("other"), u3 ("other"), …`,
	} {
		members := map[string]string{}
		for i := range n {
			members[fmt.Sprint("u", i+1)] = ""
		}
		w := newWishing(policy.RemovalsAll, members)
		for i := range w.o.Members {
			w.o.Members[i].Marker = &plan.Marker{Owner: "other", Source: "hr", ID: "1"}
		}
		if _, f := w.shows(); f.foreignNote() != want {
			t.Errorf("%d: %q", n, f.foreignNote())
		}
	}
}

// With matched, somebody who has all that is wanted becomes ours; who differs in
// the role or in metadata does not, and the note says in what (S26).
func TestS26MatchedTakesWhoIsAsWanted(t *testing.T) {
	const advice = "; to manage this member, set adopt: wanted"
	for name, x := range map[string]struct {
		role, public, private string
		note                  string
	}{
		"the same":       {"org:member", `{"dept":"IT","own":1}`, `{"desk":"3"}`, ""},
		"role":           {"org:guest", `{"dept":"IT"}`, `{"desk":"3"}`, "is org:guest, should be org:member by rule 1"},
		"public":         {"org:member", `{"dept":"HR"}`, `{"desk":"3"}`, "metadata differ: dept"},
		"both metadata":  {"org:member", `{"dept":"HR"}`, `{"own":1}`, "metadata differ: dept, desk"},
		"role, metadata": {"org:guest", `{"dept":"IT"}`, `{"desk":"4"}`, "is org:guest, should be org:member by rule 1, metadata differ: desk"},
	} {
		w := newWishing(policy.RemovalsManaged, map[string]string{"u1": ""})
		w.config.Adopt = policy.AdoptMatched
		m := &w.o.Members[0]
		m.Role, m.Public, m.Private = x.role, json.RawMessage(x.public), json.RawMessage(x.private)
		e := wish("1", "u1")
		e.Public, e.Private = map[string]any{"dept": "IT"}, map[string]any{"desk": "3"}
		shows, notes := "+u1", []string(nil)
		if x.note != "" {
			shows, notes = "=u1", []string{"1@corp.example: rollcall did not add this member, so not changed: " + x.note + advice}
		}
		if got, f := w.shows(e); got != shows || !slices.Equal(textsOfS26(t, f), notes) {
			t.Errorf("%s: %s, notes %q, want %s, %q", name, got, textsOfS26(t, f), shows, notes)
		}
		w.config.Removals = policy.RemovalsAll // who differs is changed, and still not marked
		out, f := w.organization(w.o, []assign.Entitlement{e})
		if got, in := out.people["u1"]; !in || got.mark != (x.note == "") || len(f.notes) != 0 {
			t.Errorf("%s, removals all: %+v, notes %+v", name, got, f.notes)
		}
	}
}

// textsOfS26 are the texts of notes about u1, all of which are of S26.
func textsOfS26(t *testing.T, f *Findings) []string {
	t.Helper()
	var texts []string
	for _, n := range f.notes {
		if n.Rule != "S26" || !slices.Equal(n.Users, []string{"u1"}) {
			t.Errorf("note %+v", n)
		}
		texts = append(texts, n.Text)
	}
	return texts
}

// A marker alone is no difference, whoever is asked to carry it (S26).
func TestS26TheMarkerIsNoDifference(t *testing.T) {
	w := newWishing(policy.RemovalsManaged, map[string]string{"u1": ""})
	x := desiredMember{userID: "u1", source: "hr", id: "1", role: "org:member", mark: true, because: "rule 1"}
	if got := w.differences(w.o, &w.o.Members[0], x); len(got) != 0 {
		t.Errorf("the same but for the marker: %q", got)
	}
	x.role = "org:admin"
	if got := w.differences(w.o, &w.o.Members[0], x); !slices.Equal(got, []string{"is org:member, should be org:admin by rule 1"}) {
		t.Errorf("another role: %q", got)
	}
}

// Of a member who is wanted and whose private metadata are not shown, nothing is
// decided but that they stay: there is one note, and they do not count as
// unwanted. Where the metadata are shown, they are as wanted (S26).
func TestS26WantedButUnshown(t *testing.T) {
	for _, adopt := range []policy.AdoptMode{policy.AdoptNone, policy.AdoptMatched, policy.AdoptWanted} {
		for _, removals := range []policy.Removals{policy.RemovalsManaged, policy.RemovalsAll} {
			w := newWishing(removals, map[string]string{"u1": ""})
			w.config.Adopt = adopt
			m := &w.o.Members[0]
			m.Role, m.Public, m.Private = "org:guest", json.RawMessage(`{"desk":"x"}`), nil
			e := wish("1", "u1")
			e.Public = map[string]any{"desk": map[string]any{"floor": "3"}}
			out, f := w.organization(w.o, []assign.Entitlement{e})
			if len(out.people) != 0 || !out.keep["u1"] || len(out.unwanted) != 0 {
				t.Errorf("%v, %v: %+v", adopt, removals, out)
			}
			if got := textsOfS26(t, f); !slices.Equal(got, []string{"account u1: Clerk did not send the private metadata, so not changed"}) {
				t.Errorf("%v, %v: notes %q", adopt, removals, got)
			}
			m.Private = json.RawMessage(`{}`)
			wants := adopt == policy.AdoptWanted || removals == policy.RemovalsAll
			if out, _ = w.organization(w.o, []assign.Entitlement{e}); out.keep["u1"] == wants || len(out.unwanted) != 0 {
				t.Errorf("%v, %v, shown: %+v", adopt, removals, out)
			}
		}
	}
}

// Members who stay although no rule wants them are listed, for the note about
// leavers who are members again; who stays for another reason is not (S26).
func TestS26WhoStaysUnwanted(t *testing.T) {
	w := newWishing(policy.RemovalsManaged, map[string]string{"frozen": "", "named": "", "ours": "4", "theirs": "", "wanted": "1"})
	w.frozen["frozen"] = &directory.Person{}
	out, _ := w.organization(w.o, []assign.Entitlement{wish("1", "wanted"), wish("2", "", troubled("S06", false, "named"))})
	if len(out.unwanted) != 1 || out.unwanted[0].UserID != "theirs" {
		t.Errorf("unwanted: %+v", out.unwanted)
	}
	if got := slices.Sorted(maps.Keys(out.keep)); !slices.Equal(got, []string{"frozen", "named", "theirs"}) {
		t.Errorf("kept: %q; a rule wants wanted, and ours goes", got)
	}
}

// A value of somebody's own, where a rule has keys below it, stays in the
// metadata of a member whom rollcall manages. One note names each such value;
// the other keys are written (S26).
func TestS26SomebodysValueInTheWay(t *testing.T) {
	const why, advice = ", but the value in Clerk is not an object", ": not changed; remove that value in Clerk, or use another key in the rule"
	for name, x := range map[string]struct {
		id, public, private string
		below               string
		mark                bool
	}{
		"ours, nothing there": {"1", `{}`, `{}`, "", false},
		"ours, an object":     {"1", `{"desk":{"own":1}}`, `{"desk":{"own":1}}`, "", false},
		"ours, one value":     {"1", `{"desk":"x"}`, `{}`, "public_metadata.desk", false},
		"ours, two values":    {"1", `{"desk":"x"}`, `{"desk":7}`, "public_metadata.desk, private_metadata.desk", false},
		"adopted, one value":  {"", `{}`, `{"desk":["x"]}`, "private_metadata.desk", true},
		"adopted, an object":  {"", `{"desk":{}}`, `{}`, "", true},
	} {
		w := newWishing(policy.RemovalsManaged, map[string]string{"u1": x.id})
		w.config.Adopt = policy.AdoptWanted
		m := &w.o.Members[0]
		m.Public, m.Private = json.RawMessage(x.public), json.RawMessage(x.private)
		e := wish("1", "u1")
		e.Public = map[string]any{"desk": map[string]any{"floor": "3"}, "dept": "IT"}
		e.Private = e.Public
		out, f := w.organization(w.o, []assign.Entitlement{e})
		var notes []string
		if x.below != "" {
			notes = []string{"1@corp.example: the rule sets keys below " + x.below + why + advice}
		}
		if got := textsOfS26(t, f); !slices.Equal(got, notes) {
			t.Errorf("%s: notes %q, want %q", name, got, notes)
		}
		got := out.people["u1"]
		if got.userID != "u1" || got.mark != x.mark || got.public["dept"] != "IT" || got.private["dept"] != "IT" {
			t.Errorf("%s: %+v", name, got)
		}
		if (got.public["desk"] == nil) != strings.Contains(x.below, "public_") || (got.private["desk"] == nil) != strings.Contains(x.below, "private_") {
			t.Errorf("%s: wants %v and %v", name, got.public, got.private)
		}
	}
}
