package sync

import (
	"slices"
	"strings"
	"testing"

	"rollcall/clerkapi"
)

// confirming is a run over one organization that is about to look before the cut.
func confirming(f *fakeClerk, config Config, members ...member) (*Reconciler, *draft, *resolver) {
	o := &organizationState{members: members}
	o.ID = "org_a"
	st := &state{organizations: []*organizationState{o}, banned: map[string]bool{}, marked: newMarkedMembers(0, nil),
		roles: newRoleBook([]clerkapi.Role{adminRole, memberRole, guestRole}, nil)}
	v := &resolver{state: st, users: map[string]*clerkapi.User{}, byExternal: map[string][]*clerkapi.User{},
		byEmail: map[string][]*clerkapi.User{}, unproven: map[string]bool{}}
	return &Reconciler{config: config, clerk: f}, &draft{state: o, findings: &findings{organization: o.ID}}, v
}

// Who is read before a change is judged, and who is not: each read costs a
// part of a request (S04, S08).
func TestS04WhoIsReadBeforeTheChange(t *testing.T) {
	promoted, demoted := Change{Action: SetRole, UserID: "u1", From: "org:member", To: "org:admin", Admin: AdminGained}, Change{Action: SetRole, UserID: "u1", From: "org:admin", To: "org:member", Admin: AdminLost}
	add, remove, moved := Change{Action: Add, UserID: "u1"}, Change{Action: Remove, UserID: "u1"}, Change{Action: SetMetadata, UserID: "u1"}
	protect, deny := Config{Protect: []string{"u9"}}, Config{Deny: []string{"u9"}}
	for name, x := range map[string]struct {
		config  Config
		change  Change
		known   bool // the look-ups have read the user
		unshown bool // the listing does not say whether the user is banned
		read    bool
	}{
		"removed":                             {Config{}, remove, false, false, true},
		"removed, and known":                  {Config{}, remove, true, false, false},
		"demoted":                             {Config{}, demoted, false, false, true},
		"added":                               {Config{}, add, false, false, false},
		"added, with a deny list":             {deny, add, false, false, true},
		"added, with a deny list, and known":  {deny, add, true, false, false},
		"added, with a protect list":          {protect, add, false, false, false},
		"promoted":                            {Config{}, promoted, false, false, false},
		"promoted, with a deny list":          {deny, promoted, false, false, true},
		"promoted, with a protect list":       {protect, promoted, false, false, true},
		"promoted, standing not shown":        {Config{}, promoted, false, true, true},
		"new metadata":                        {Config{}, moved, false, false, false},
		"new metadata, standing not shown":    {Config{}, moved, false, true, false},
		"new metadata, with a deny list":      {deny, moved, false, false, false},
		"new metadata, with a protect list":   {protect, moved, false, false, true},
		"invited, with both lists":            {Config{Protect: []string{"u9"}, Deny: []string{"u9"}}, Change{Action: Invite, Email: "n@corp.example"}, false, false, false},
		"standing of somebody else not shown": {Config{}, Change{Action: SetRole, UserID: "u2", Admin: AdminGained}, false, true, false},
	} {
		f := newFake()
		f.user("u1", "ann@corp.example").Banned = true
		r, d, v := confirming(f, x.config, member{UserID: "u0"}, member{UserID: "u1", unshown: x.unshown})
		d.changes = []Change{x.change}
		if x.known {
			v.remember(f.users)
		}
		if err := r.confirm(t.Context(), []*draft{d}, v); err != nil {
			t.Fatal(err)
		}
		if got := f.reads["users by id"] > 0; got != x.read || (x.read || x.known) != v.state.banned["u1"] {
			t.Errorf("%s: read %t, want %t; banned %v", name, got, x.read, v.state.banned)
		}
	}
}

// Who turns out to be somebody wanted here, with that role or a higher one, is
// left alone, and a note says so (S04).
func TestS04WhoIsLeftAlone(t *testing.T) {
	wants := func(role string, change ...func(*person)) want {
		w := wish("1", "", change...)
		w.role = role
		return w
	}
	known := func(p *person) { p.ExternalID = "E1" }
	remove := func(role string) Change {
		return Change{Action: Remove, UserID: "u1", Email: "x@home.example", ID: "9", From: role}
	}
	demoted := Change{Action: SetRole, UserID: "u1", ID: "9", From: "org:admin", To: "org:member", Admin: AdminLost}
	for name, x := range map[string]struct {
		change Change
		want   want
		user   []string // the addresses, then the external_id; none cannot be read
		stays  bool
	}{
		"nobody wanted":                 {remove("org:member"), wants("org:member"), []string{"x@home.example", ""}, false},
		"wanted with the role":          {remove("org:member"), wants("org:member"), []string{"x@home.example 1@corp.example", ""}, true},
		"wanted with a higher one":      {remove("org:member"), wants("org:admin"), []string{"1@corp.example", ""}, true},
		"wanted with a lower one":       {remove("org:admin"), wants("org:member"), []string{"1@corp.example", ""}, false},
		"demoted, wanted as it is":      {demoted, wants("org:admin"), []string{"1@corp.example", ""}, true},
		"demoted, wanted so":            {demoted, wants("org:member"), []string{"1@corp.example", ""}, false},
		"without proof":                 {remove("org:member"), wants("org:member"), []string{"~1@corp.example", ""}, false},
		"by external_id":                {remove("org:member"), wants("org:member", known), []string{"x@home.example", "E1"}, true},
		"by another external_id":        {remove("org:member"), wants("org:member", known), []string{"x@home.example", "E2"}, false},
		"an external_id like the mail":  {remove("org:member"), wants("org:member"), []string{"x@home.example", "1@corp.example"}, false},
		"by a second address":           {remove("org:member"), wants("org:member", func(p *person) { p.OtherEmails = []string{"x@home.example"} }), []string{"x@home.example", ""}, true},
		"somebody else by word":         {remove("org:member"), wants("org:member", func(p *person) { p.exception().notUser = "u1" }), []string{"1@corp.example", ""}, false},
		"another one is somebody else":  {remove("org:member"), wants("org:member", func(p *person) { p.exception().notUser = "u2" }), []string{"1@corp.example", ""}, true},
		"shown by it, and of no marker": {Change{Action: Remove, UserID: "u1", Email: "1@corp.example", From: "org:member"}, wants("org:member"), []string{"x@home.example", ""}, true},
		"shown by it, marked otherwise": {Change{Action: Remove, UserID: "u1", Email: "1@corp.example", ID: "9", From: "org:member"}, wants("org:member"), []string{"x@home.example", ""}, false},
		"cannot be read":                {remove("org:member"), wants("org:member"), nil, true},
		"promoted":                      {Change{Action: SetRole, UserID: "u1", From: "org:member", To: "org:admin", Admin: AdminGained}, wants("org:member"), []string{"1@corp.example", ""}, false},
		"new metadata":                  {Change{Action: SetMetadata, UserID: "u1", From: "org:member"}, wants("org:member"), nil, false},
	} {
		f := newFake()
		if x.user != nil {
			f.user("u1", strings.Fields(x.user[0])...).ExternalID = x.user[1]
		}
		r, d, v := confirming(f, Config{})
		neutral := Change{Action: SetRole, UserID: "u5", From: "org:member", To: "org:guest"}
		d.wants, d.changes = []want{wants("org:guest", func(p *person) { p.Email = "2@corp.example" }), x.want}, []Change{neutral, x.change, neutral}
		if err := r.confirm(t.Context(), []*draft{d}, v); err != nil {
			t.Fatal(err)
		}
		stays := !slices.Contains(d.changes, x.change)
		if stays != x.stays || len(d.changes) != map[bool]int{true: 2, false: 3}[stays] || len(d.findings.notes) != 3-len(d.changes) {
			t.Errorf("%s: stays %t; changes %+v, notes %+v", name, stays, d.changes, d.findings.notes)
		}
		if stays && (d.findings.notes[0].Rule != "S04" || d.findings.notes[0].Email != x.change.Email) {
			t.Errorf("%s: notes %+v", name, d.findings.notes)
		}
	}
}

// A list of users that cannot be read ends the run: nobody is taken on trust (S09).
func TestS09UsersThatCannotBeRead(t *testing.T) {
	f := newFake()
	f.faults["users_by_id * *"] = &clerkapi.Error{Status: 500}
	r, d, v := confirming(f, Config{})
	d.changes = []Change{{Action: Remove, UserID: "u1"}}
	if err := r.confirm(t.Context(), []*draft{d}, v); err == nil || !strings.Contains(err.Error(), "read the users to be changed") {
		t.Errorf("%v", err)
	}
}

// What takes something away, and waits when a read cannot be trusted (S09 to S12).
func TestS09WhatLoses(t *testing.T) {
	for _, x := range []struct {
		change Change
		takes  bool
		loses  bool
	}{
		{Change{Action: Remove}, true, true}, {Change{Action: SetRole, Admin: AdminLost}, true, true}, {Change{Action: SetRole}, false, false},
		{Change{Action: SetMetadata, Nulls: 1}, false, true}, {Change{Action: SetMetadata}, false, false}, {Change{Action: RevokeInvitation}, false, true},
		{Change{Action: Add, Admin: AdminGained}, false, false}, {Change{Action: Invite}, false, false}, {Change{Action: Adopt}, false, false},
	} {
		if got := x.change.takes(); got != x.takes {
			t.Errorf("%s takes: %t", x.change.Action, got)
		}
		if got := x.change.loses(); got != x.loses {
			t.Errorf("%s loses: %t", x.change.Action, got)
		}
	}
}
