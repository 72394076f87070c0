package sync

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"rollcall/clerkapi"
	"rollcall/source"
)

// newSkipping is a skipper over an organization in which every reason to skip
// is somebody's, and nobody's two.
func newSkipping() (*skipper, *organizationState) {
	o := &organizationState{assignable: map[string]bool{"org:member": true, "org:admin": true}}
	o.ID = "org_a"
	o.members = []member{
		{UserID: "identified", Identifier: "Kept@corp.example"}, {UserID: "large", Public: json.RawMessage(`{"a":"` + strings.Repeat("x", MaxMetadata) + `"}`)},
		{UserID: "there", Public: json.RawMessage(`{"a":"12345"}`), Private: json.RawMessage(`{"a":"12345"}`)},
	}
	people := []*person{
		{userID: "hidden", Person: &source.Person{ExternalID: "ext-denied"}}, {userID: "second", Person: &source.Person{OtherEmails: []string{"denied@corp.example"}}},
		{Person: &source.Person{Email: "new@corp.example", ExternalID: "ext-denied"}}, {Person: &source.Person{Email: "newer@corp.example", OtherEmails: []string{"x@bad.example"}}},
		{userID: "fine", Person: &source.Person{Email: "fine@corp.example", ExternalID: "ext-fine"}},
	}
	v := &resolver{people: people, state: &state{banned: map[string]bool{"banned": true}}, users: map[string]*clerkapi.User{
		"kept":    {ExternalID: "ext-kept"},
		"denied":  {ExternalID: "ext-denied"},
		"owner":   {Emails: []clerkapi.EmailAddress{{Address: "other@corp.example", Verified: true}, {Address: "Kept@corp.example", Verified: true}}},
		"claimer": {Emails: []clerkapi.EmailAddress{{Address: "kept@corp.example"}, {Address: "denied@corp.example"}}},
		"bad":     {Emails: []clerkapi.EmailAddress{{Address: "y@bad.example", Verified: true}}},
	}}
	config := Config{Protect: []string{"kept@corp.example", "ext-kept", "nobody"}, Deny: []string{"denied@corp.example", "ext-denied", "by-id", "*@bad.example"}}
	return newSkipper(config, v, &memory{managed: map[string]bool{"org_a synced": true}}), o
}

// Whom each reason means, and what it stops: protection stops all that would
// change somebody, ban and deny only what lets in or up (S08), so that leavers
// go all the same.
func TestS19EachReasonOfASkip(t *testing.T) {
	for name, x := range map[string]struct {
		change Change
		want   string
	}{
		"removal of a protected external id":   {Change{Action: Remove, UserID: "kept"}, "protected"},
		"removal of a protected address":       {Change{Action: Remove, UserID: "owner"}, "protected"},
		"removal by identifier":                {Change{Action: Remove, UserID: "identified"}, "protected"},
		"removal of an unproven address":       {Change{Action: Remove, UserID: "claimer"}, ""},
		"the directory's word protects nobody": {Change{Action: Remove, UserID: "fine", Email: "kept@corp.example"}, ""},
		"role of a protected user":             {Change{Action: SetRole, UserID: "kept", To: "org:member"}, "protected"},
		"metadata of a protected user":         {Change{Action: SetMetadata, UserID: "kept", Public: `{"a":1}`}, "protected"},
		"protected by user id":                 {Change{Action: Remove, UserID: "nobody"}, "protected"},
		"add of a protected user":              {Change{Action: Add, UserID: "kept", To: "org:member"}, ""},

		"banned, added":                     {Change{Action: Add, UserID: "banned", To: "org:member"}, "banned"},
		"banned, promoted":                  {Change{Action: SetRole, UserID: "banned", To: "org:admin", Admin: AdminGained}, "banned"},
		"banned, new role":                  {Change{Action: SetRole, UserID: "banned", To: "org:member"}, ""},
		"banned, removed":                   {Change{Action: Remove, UserID: "banned"}, ""},
		"denied, added":                     {Change{Action: Add, UserID: "denied", To: "org:member"}, "denied"},
		"denied, promoted":                  {Change{Action: SetRole, UserID: "denied", To: "org:admin", Admin: AdminGained}, "denied"},
		"denied, new role":                  {Change{Action: SetRole, UserID: "denied", To: "org:member"}, ""},
		"denied, removed":                   {Change{Action: Remove, UserID: "denied"}, ""},
		"denied by user id":                 {Change{Action: Add, UserID: "by-id", To: "org:member"}, "denied"},
		"denied by domain":                  {Change{Action: Add, UserID: "bad", To: "org:member"}, "denied"},
		"denied by what is wanted for":      {Change{Action: Add, UserID: "fine", Email: "denied@corp.example", To: "org:member"}, "denied"},
		"denied by the directory's id":      {Change{Action: Add, UserID: "hidden", Email: "h@corp.example", To: "org:member"}, "denied"},
		"denied by a second address":        {Change{Action: Add, UserID: "second", Email: "s@corp.example", To: "org:member"}, "denied"},
		"unproven address of the deny list": {Change{Action: Add, UserID: "claimer", Email: "c@corp.example", To: "org:member"}, ""},
		"invited, denied":                   {Change{Action: Invite, Email: "denied@corp.example", To: "org:member"}, "denied"},
		"created, denied":                   {Change{Action: CreateUser, Email: "denied@corp.example", To: "org:member"}, "denied"},
		"invited, denied by id":             {Change{Action: Invite, Email: "new@corp.example", To: "org:member"}, "denied"},
		"created, denied by domain":         {Change{Action: CreateUser, Email: "newer@corp.example", To: "org:member"}, "denied"},
		"added under a newcomer's address":  {Change{Action: Add, UserID: "fine", Email: "new@corp.example", To: "org:member"}, ""},
		"revoked invitation, denied":        {Change{Action: RevokeInvitation, Email: "denied@corp.example"}, ""},

		"managed by Clerk":           {Change{Action: Remove, UserID: "synced"}, "managed_by_clerk"},
		"added outside the role set": {Change{Action: Add, UserID: "fine", To: "org:guest"}, "role_set"},
		"invited outside it":         {Change{Action: Invite, Email: "i@corp.example", To: "org:guest"}, "role_set"},
		"created outside it":         {Change{Action: CreateUser, Email: "i@corp.example", To: "org:guest"}, "role_set"},
		"a role outside it":          {Change{Action: SetRole, UserID: "fine", To: "org:guest"}, "role_set"},
		"metadata need no role":      {Change{Action: SetMetadata, UserID: "fine", Public: `{"a":1}`}, ""},
		"a role inside it":           {Change{Action: SetRole, UserID: "fine", To: "org:member"}, ""},
		"large already, and removed": {Change{Action: Remove, UserID: "large"}, ""},
		"large already, and shrunk":  {Change{Action: SetMetadata, UserID: "large", Public: `{"a":null}`}, ""},
		"large already, and grown":   {Change{Action: SetMetadata, UserID: "large", Public: `{"b":1}`}, "metadata_size"},
		"large already, the other":   {Change{Action: SetMetadata, UserID: "large", Private: `{"b":1}`}, "metadata_size"},
	} {
		s, o := newSkipping()
		x.change.Organization, x.change.State = "org_a", Ready
		d := &draft{state: o, changes: []Change{x.change}}
		s.mark(d)
		if got := d.changes[0].SkippedFor(); got != x.want || (got == "") != (d.changes[0].State == Ready) {
			t.Errorf("%s: skipped for %q (%s), want %q", name, got, d.changes[0].Why, x.want)
		}
	}
	s, o := newSkipping()
	s.memory = nil
	if why := s.reason(&Change{Organization: "org_a", Action: Remove, UserID: "synced"}, o); why != "" {
		t.Errorf("without a memory: %s", why)
	}
}

// The size that counts is that of each half after the change, what is there
// included; the last byte that Clerk allows is allowed.
func TestSizeOfMetadata(t *testing.T) {
	s, o := newSkipping()
	for name, x := range map[string]struct {
		user string
		room int // what is left beside {"b":"…"}
	}{"a newcomer": {"fine", MaxMetadata - len(`{"b":""}`)}, "with what is there": {"there", MaxMetadata - len(`{"a":"12345","b":""}`)}} {
		for over := range 2 {
			text := JSON(fmt.Sprintf(`{"b":%q}`, strings.Repeat("x", x.room+over)))
			for _, c := range []Change{{UserID: x.user, Public: text}, {UserID: x.user, Private: text}} {
				if got := s.oversize(&c, o); (got != "") != (over > 0) || over > 0 && !strings.Contains(got, fmt.Sprint(MaxMetadata+1, " bytes, Clerk allows ", MaxMetadata)) {
					t.Errorf("%s, %d too many: %q", name, over, got)
				}
			}
		}
	}
}

// Who is left an admin, and which changes are left out, the last ones first
// (S19); a change that waits or is left out counts for nothing.
func TestS19WhichAdminsStay(t *testing.T) {
	lost, gained := Change{Action: Remove, Admin: AdminLost, State: Ready}, Change{Action: SetRole, Admin: AdminGained, State: Ready}
	invited, held := Change{Action: Invite, Admin: AdminGained, State: Ready}, Change{Action: Remove, Admin: AdminLost, State: Held}
	neutral := Change{Action: Remove, State: Ready}
	for name, x := range map[string]struct {
		before, minimum int
		changes         []Change
		skipped         string // the numbers of those left out
		after           int
	}{
		"the last of two losses stays":        {2, 1, []Change{lost, lost}, "1", 1},
		"a neutral one is not left out":       {1, 1, []Change{lost, neutral}, "0", 1},
		"nobody is left out who is held":      {1, 1, []Change{lost, held}, "0", 1},
		"a held loss takes nobody":            {2, 1, []Change{lost, held}, "", 1},
		"only as many as needed":              {4, 2, []Change{lost, lost, lost, lost}, "2 3", 2},
		"a promotion makes room":              {1, 1, []Change{gained, lost}, "", 1},
		"an invitation does not":              {1, 1, []Change{invited, lost}, "1", 1},
		"fewer than the minimum, not lowered": {1, 3, []Change{neutral}, "", 1},
		"fewer than the minimum, lowered":     {1, 3, []Change{lost}, "0", 1},
		"more than the minimum":               {5, 1, []Change{lost}, "", 4},
	} {
		o := &OrganizationPlan{AdminsBefore: x.before, Changes: x.changes}
		skipLastAdmins(o, x.minimum)
		var skipped []string
		for i, c := range o.Changes {
			if c.State == Skipped {
				skipped = append(skipped, fmt.Sprint(i))
			}
		}
		if got := strings.Join(skipped, " "); got != x.skipped || o.AdminsAfter != x.after {
			t.Errorf("%s: left out %q, %d admins after; want %q, %d", name, got, o.AdminsAfter, x.skipped, x.after)
		}
	}
}

// What each change does to the number of places taken, and of admins.
func TestS19WhatEachChangeCounts(t *testing.T) {
	for _, x := range []struct {
		change        Change
		seats, admins int
	}{
		{Change{Action: Add}, 1, 0}, {Change{Action: Invite}, 1, 0}, {Change{Action: CreateUser}, 1, 0},
		{Change{Action: Remove}, -1, 0}, {Change{Action: RevokeInvitation}, -1, 0},
		{Change{Action: SetRole}, 0, 0}, {Change{Action: SetMetadata}, 0, 0}, {Change{Action: Adopt}, 0, 0},
		{Change{Action: Add, Admin: AdminGained}, 1, 1}, {Change{Action: Invite, Admin: AdminGained}, 1, 0},
		{Change{Action: Remove, Admin: AdminLost}, -1, -1}, {Change{Action: SetRole, Admin: AdminLost}, 0, -1},
	} {
		if s, a := x.change.seatDelta(), x.change.adminDelta(); s != x.seats || a != x.admins {
			t.Errorf("%s (%q): %d places, %d admins, want %d, %d", x.change.Action, x.change.Admin, s, a, x.seats, x.admins)
		}
	}
}

// Places: those that held or skipped changes would take or free do not count,
// nor do those of admins, who go last.
func TestS19WhoHasAPlace(t *testing.T) {
	act := func(a Action, s State) Change { return Change{Action: a, State: s} }
	add, gone := act(Add, Ready), act(Remove, Ready)
	boss := Change{Action: Remove, Admin: AdminLost, State: Ready}
	for name, x := range map[string]struct {
		limit, before int
		changes       []Change
		want          string // what is ready by its symbol, a the removal of an admin, * skipped, ? held, in order
		after         int
	}{
		"one place, two come":                {6, 5, []Change{add, add}, "+*", 6},
		"no limit":                           {0, 5, []Change{add, add, gone}, "++-", 6},
		"a held removal frees nothing":       {5, 5, []Change{add, act(Remove, Held)}, "*?", 5},
		"a held add takes nothing":           {6, 5, []Change{act(Add, Held), add}, "?+", 6},
		"a skipped add takes nothing":        {6, 5, []Change{act(Add, Skipped), add}, "*+", 6},
		"a revoked invitation frees":         {5, 5, []Change{act(Invite, Ready), act(RevokeInvitation, Ready)}, "-+", 5},
		"an admin's removal frees none":      {5, 5, []Change{add, boss}, "*a", 4},
		"an admin goes last":                 {5, 5, []Change{add, boss, gone}, "-+a", 4},
		"far too many already":               {3, 7, []Change{add, gone}, "*-", 6},
		"a change of role frees none":        {5, 5, []Change{add, act(SetRole, Ready)}, "*~", 5},
		"a change of role stays where it is": {5, 5, []Change{add, act(SetRole, Ready), gone}, "-+~", 5},
		"just as many go first as needed":    {5, 4, []Change{add, add, gone, gone}, "-++-", 4},
		"held removals stay where they are":  {5, 5, []Change{add, act(Remove, Held), gone}, "-+?", 5},
		"changes of role take none":          {5, 5, []Change{act(SetRole, Ready), gone}, "~-", 4},
	} {
		o := &OrganizationPlan{Seats: Seats{Before: x.before, Limit: x.limit}, Changes: x.changes}
		seat(o)
		var got strings.Builder
		for _, c := range o.Changes {
			switch c.State {
			case Skipped:
				got.WriteString("*")
			case Held:
				got.WriteString("?")
			default:
				got.WriteString(map[bool]string{false: c.Action.Symbol(), true: "a"}[c.Admin == AdminLost])
			}
		}
		if got.String() != x.want || o.seatsAfter() != x.after {
			t.Errorf("%s: %s, %d after; want %s, %d", name, got.String(), o.seatsAfter(), x.want, x.after)
		}
	}
}

func TestSkippedForSomethingElse(t *testing.T) {
	for want, c := range map[string]Change{"": {State: Held, Why: "protected"}, "other": {State: Skipped, Why: "by magic"}, "banned": {State: Skipped, Why: banned + " (S08)"}} {
		if got := c.SkippedFor(); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}
