package sync

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"rollcall/source"
)

// wishing is a desirer over one organization.
type wishing struct {
	*desirer
	o *organizationState
}

// newWishing has members of ours, by user and id; an empty id has no marker.
func newWishing(removals Removals, members map[string]string) *wishing {
	o := &organizationState{names: []string{"acme"}}
	o.ID = "org_a"
	st := &state{organizations: []*organizationState{o}, marked: newMarkedMembers(len(members), nil)}
	for _, user := range slices.Sorted(maps.Keys(members)) {
		m := member{UserID: user, Role: "org:member", Public: json.RawMessage(`{}`), Private: json.RawMessage(`{}`)}
		if id := members[user]; id != "" {
			m.marker = &Marker{"rollcall", "hr", id}
			m.Private = json.RawMessage(ours(id))
		}
		o.members = append(o.members, m)
	}
	for i := range o.members {
		if o.members[i].marker != nil {
			st.marked.add(&o.members[i])
		}
	}
	return &wishing{&desirer{config: Config{Owner: "rollcall", Removals: removals}, state: st, frozen: map[string]bool{},
		now: &resolver{unproven: map[string]bool{}}}, o}
}

// wish wants somebody as a member.
func wish(id, user string, change ...func(*person)) want {
	p := &person{Person: &source.Person{ID: id, Email: id + "@corp.example", Origin: source.Origin{DN: "uid=" + id}}, from: &source.Snapshot{Source: "hr"}, userID: user}
	for _, c := range change {
		c(p)
	}
	return want{person: p, role: "org:member", reason: reason{grounds: &grounds{text: "rule 1"}}}
}

func troubled(rule string, hold bool, users ...string) func(*person) {
	return func(p *person) {
		p.trouble = &trouble{rule: rule, text: rule + " of " + p.ID, users: users, hold: hold}
	}
}

// shows is the desire in a line: + wanted, = kept.
func (w *wishing) shows(wants ...want) (string, *findings) {
	out, f := w.organization(w.o, wants)
	var all []string
	for _, u := range slices.Sorted(maps.Keys(out.People)) {
		all = append(all, "+"+u)
	}
	for _, u := range slices.Sorted(maps.Keys(out.Keep)) {
		all = append(all, "="+u)
	}
	return strings.Join(all, " "), f
}

// Nothing happens to the users of a conflict, whether this organization wants
// them under another name, or not at all (S02).
func TestS02NobodyConcernedIsTouched(t *testing.T) {
	w := newWishing(RemovalsManaged, map[string]string{"u1": "1", "u2": "2", "u3": "3"})
	conflict := wish("9", "", troubled("S02", true, "u1", "u7"))
	v := &resolver{state: w.state, people: []*person{conflict.person, wish("8", "", troubled("S06", false, "u3")).person}, unproven: map[string]bool{}}
	w.desirer = newDesirer(w.config, v, &assignments{}, w.at)
	if got, _ := w.shows(wish("2", "u2")); got != "+u2 =u1" {
		t.Errorf("where the conflict wants nothing: %s; u1 must stay, u3 is nobody's any more", got)
	}
	if got, _ := w.shows(wish("1", "u1"), wish("2", "u2")); got != "+u2 =u1" {
		t.Errorf("where its user is wanted: %s", got)
	}
	got, f := w.shows(conflict)
	if got != "=u1 =u7" || len(f.conflicts) != 1 || f.conflicts[0].Rule != "S02" || f.conflicts[0].Email != "9@corp.example" || f.conflicts[0].Organization != "org_a" {
		t.Errorf("the conflict itself: %s, %+v", got, f.conflicts)
	}
}

// Who is named by a trouble stays, also where a rule wants the same user in
// another way; a trouble that does not hold is a note (S06).
func TestS06WhoIsNamedStays(t *testing.T) {
	w := newWishing(RemovalsAll, map[string]string{"u1": "1", "u2": "2"})
	got, f := w.shows(wish("1", "u1"), wish("3", "", troubled("S06", false, "u1")))
	if got != "=u1" || len(f.notes) != 1 || f.notes[0].Rule != "S06" || len(f.conflicts)+len(f.unusable) != 0 {
		t.Errorf("%s, %+v", got, f)
	}
	if got, f = w.shows(wish("3", "", troubled("S06", true, "u2"))); got != "=u2" || len(f.conflicts) != 1 || len(f.notes) != 0 {
		t.Errorf("held: %s, %+v", got, f)
	}
}

// Somebody unusable whom an earlier run could read keeps what they have; one
// who never was is a note where only ours can go, and holds otherwise (S10).
func TestS10WhoTheUnusableAre(t *testing.T) {
	reads := &memory{begun: true, references: map[string]map[string]string{"hr": {referenceKey("uid=1"): "1", referenceKey("uid=group"): groupReference}}}
	gone := func(id string) want { return wish(id, "", troubled("S10", false)) }
	for name, x := range map[string]struct {
		memory   *memory
		removals Removals
		ignore   bool
		who      want
		kept     string
		holds    int
	}{
		"known":                     {reads, RemovalsManaged, false, gone("1"), "=u1", 0},
		"never ours":                {reads, RemovalsManaged, false, gone("2"), "", 0},
		"a group":                   {reads, RemovalsManaged, false, gone("group"), "", 1},
		"known, but all may go":     {reads, RemovalsAll, false, gone("1"), "", 1},
		"no history":                {nil, RemovalsManaged, false, gone("1"), "", 1},
		"ignored":                   {nil, RemovalsManaged, true, gone("1"), "", 0},
		"another trouble, as known": {reads, RemovalsManaged, false, wish("1", "", troubled("S06", false)), "", 0},
	} {
		w := newWishing(x.removals, map[string]string{"u1": "1", "u2": ""})
		w.memory = x.memory
		if x.ignore {
			w.config.IgnoreUnreadable = map[string]bool{"hr": true}
		}
		got, f := w.shows(x.who)
		if w.config.Removals == RemovalsManaged {
			got = strings.TrimSuffix(strings.TrimSuffix(got, "=u2"), " ") // who is not ours stays anyhow
		}
		if got != x.kept || len(f.unusable) != x.holds || len(f.notes) != 1-x.holds {
			t.Errorf("%s: kept %q, %d unusable, notes %+v; want %q, %d", name, got, len(f.unusable), f.notes, x.kept, x.holds)
		}
	}
}

// Who is left alone is kept, and noted only when something differs; a marker
// that is not written is no difference (S26).
func TestS26WhoIsLeftAlone(t *testing.T) {
	foreign := json.RawMessage(`{"rollcall":{"id":"1","owner":"other","source":"hr"}}`)
	for name, x := range map[string]struct {
		private json.RawMessage
		marker  *Marker
		role    string
		says    string
	}{
		"not ours, the same":  {json.RawMessage(`{}`), nil, "org:member", ""},
		"not ours, differs":   {json.RawMessage(`{}`), nil, "org:guest", "differs, not ours"},
		"another's, the same": {foreign, &Marker{"other", "hr", "1"}, "org:member", ""},
		"another's, differs":  {foreign, &Marker{"other", "hr", "1"}, "org:guest", `belongs to "other"`},
	} {
		w := newWishing(RemovalsManaged, map[string]string{"u1": ""})
		m := &w.o.members[0]
		m.Private, m.marker, m.Role = x.private, x.marker, x.role
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
	w := newWishing(RemovalsAll, map[string]string{"u1": "1", "u2": "", "u3": ""})
	w.o.members[1].marker = &Marker{"other", "hr", "2"}
	w.o.members[2].Private = nil
	got, f := w.shows()
	if got != "=u2 =u3" || f.foreign != 1 || len(f.notes) != 1 || !strings.Contains(f.notes[0].Text, "u3: private metadata unknown") {
		t.Errorf("%s, %d of others, notes %+v", got, f.foreign, f.notes)
	}
}

// Who has no user is reported, and why: nobody holds the address, or somebody
// without proof (S03).
func TestS03WhyThereIsNoUser(t *testing.T) {
	w := newWishing(RemovalsManaged, nil)
	w.now.unproven["2@corp.example"] = true
	_, f := w.shows(wish("1", ""), wish("2", ""))
	if len(f.notes) != 2 || !strings.Contains(f.notes[0].Text, "the run after they sign up") || strings.Contains(f.notes[0].Text, "S03") || !strings.Contains(f.notes[1].Text, "unverified, which proves nothing (S03)") {
		t.Errorf("notes %+v", f.notes)
	}
	w.config.MissingUsers, w.domains = MissingInvite, map[string]bool{"corp.example": true}
	out, f := w.organization(w.o, []want{wish("1", "")})
	if len(out.Invite) != 1 || len(f.notes) != 0 {
		t.Errorf("whoever is invited is not said to sign up by themselves: %+v, %d invited", f.notes, len(out.Invite))
	}
}

// Who was joined by the identifier of a listing alone has all that is wanted,
// and is not looked at more closely (S04).
func TestS04JoinedByIdentifierIsLeftAsItIs(t *testing.T) {
	w := newWishing(RemovalsAll, map[string]string{"u1": ""})
	if got, _ := w.shows(wish("1", "u1", func(p *person) { p.join = joinIdentifier })); got != "=u1" {
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
	later := func(w want) want {
		w.dates = &dates{begins: now.Add(time.Hour)}
		return w
	}
	w := newWishing(RemovalsAll, map[string]string{"u1": "1", "u2": "2"})
	got, f := w.shows(later(wish("1", "u1")), later(wish("3", "u3")), later(wish("4", "")))
	if got != "=u1" || len(f.notes)+len(f.conflicts)+len(f.unusable) != 0 {
		t.Errorf("%s, %+v", got, f)
	}
	begun := wish("2", "u2")
	begun.dates = &dates{since: now.Add(-time.Hour)}
	if got, _ = w.shows(begun); got != "+u2" {
		t.Errorf("begun: %s", got)
	}
}

// A marker is rewritten when the address in it became an id of the same source,
// or an id changed; the one that a lower source wrote stays (S01).
func TestS01WhichMarkersAreRewritten(t *testing.T) {
	for name, x := range map[string]struct {
		marker Marker
		mark   bool
	}{
		"the very same":          {Marker{"rollcall", "hr", "1"}, false},
		"the address it was":     {Marker{"rollcall", "hr", "1@corp.example"}, true},
		"another id":             {Marker{"rollcall", "hr", "7"}, true},
		"that of a lower source": {Marker{"rollcall", "crm", "5"}, false},
		"that of another source": {Marker{"rollcall", "crm", "6"}, true},
	} {
		w := newWishing(RemovalsManaged, map[string]string{"u1": "1"})
		w.o.members[0].marker = &x.marker
		out, _ := w.organization(w.o, []want{wish("1", "u1", func(p *person) { p.exception().aliases = []identity{{"crm", "5"}} })})
		if got := out.People["u1"]; got.UserID != "u1" || got.Mark != x.mark {
			t.Errorf("%s: %+v, want mark %t", name, got, x.mark)
		}
	}
}

// What begins later adds nothing yet to what holds now, and what ended adds
// nothing any more; rules that hold together merge, the higher one first (S28).
func TestS28WhatHoldsTogetherMerges(t *testing.T) {
	now := time.Date(2026, 3, 2, 10, 0, 0, 0, time.UTC)
	ahead := []*source.Term{{Start: now.Add(time.Hour)}}
	later := []*source.Term{{Start: now.Add(2 * time.Hour)}}
	begun := []*source.Term{{Start: now.Add(-time.Hour)}}
	for name, x := range map[string]struct {
		high, low []*source.Term
		role      string
		keys      string
		notes     int
	}{
		"both without dates":         {nil, nil, "org:admin", "both=high high low", 1},
		"one begun, one without":     {begun, nil, "org:admin", "both=high high low", 1},
		"the lower begins later":     {nil, ahead, "org:admin", "both=high high", 0},
		"the higher begins later":    {ahead, nil, "org:member", "both=low low", 0},
		"both begin at once":         {ahead, ahead, "org:admin", "both=high high low", 1},
		"both begin, one before":     {later, ahead, "org:member", "both=low low", 0},
		"the lower begins after all": {ahead, later, "org:admin", "both=high high", 0},
	} {
		w := newWishing(RemovalsManaged, nil)
		p := wish("1", "").person
		give := func(key, role string, rank int32, terms []*source.Term) assignment {
			return assignment{person: p, role: role, rank: rank, terms: terms, public: map[string]any{"both": key, key: true}, reason: reason{grounds: &grounds{text: key}}}
		}
		a := &assignments{now: now, by: map[string][]assignment{"acme": {give("low", "org:member", 2, x.low), give("high", "org:admin", 1, x.high)}}}
		out, notes := merge(a, w.state)
		got := out[w.o]
		if len(got) != 1 {
			t.Fatalf("%s: %d wants", name, len(got))
		}
		var keys []string
		for _, k := range slices.Sorted(maps.Keys(got[0].public)) {
			if k == "both" {
				k += "=" + got[0].public[k].(string) //nolint:errcheck,forcetypeassert // made above
			}
			keys = append(keys, k)
		}
		if said := strings.Join(keys, " "); got[0].role != x.role || said != x.keys || len(notes) != x.notes {
			t.Errorf("%s: %s with %s, notes %+v", name, got[0].role, said, notes)
		}
	}
}
