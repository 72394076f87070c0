package guard

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"rollcall/clerkapi"
	"rollcall/source"
	"rollcall/sync/diff"
	"rollcall/sync/directory"
	"rollcall/sync/identity"
	"rollcall/sync/memory"
	"rollcall/sync/plan"
	"rollcall/sync/policy"
	"rollcall/sync/roster"
)

// newSkipping is a skipper over an organization in which every reason to skip
// is somebody's, and nobody's two.
func newSkipping() (*Exclusions, *roster.Organization) {
	o := &roster.Organization{Assignable: map[string]bool{"org:member": true, "org:admin": true}}
	o.ID = "org_a"
	o.Members = []roster.Member{
		{UserID: "identified", Identifier: "Kept@corp.example"}, {UserID: "large", Public: json.RawMessage(`{"a":"` + strings.Repeat("x", plan.MaxMetadata) + `"}`)},
		{UserID: "there", Public: json.RawMessage(`{"a":"12345"}`), Private: json.RawMessage(`{"a":"12345"}`)},
	}
	people := []*directory.Person{
		{UserID: "hidden", Person: &source.Person{ExternalID: "ext-denied"}}, {UserID: "second", Person: &source.Person{OtherEmails: []string{"denied@corp.example"}}},
		{Person: &source.Person{Email: "new@corp.example", ExternalID: "ext-denied"}}, {Person: &source.Person{Email: "newer@corp.example", OtherEmails: []string{"x@bad.example"}}},
		{UserID: "fine", Person: &source.Person{Email: "fine@corp.example", ExternalID: "ext-fine"}},
	}
	v := &identity.Resolver{People: people, Have: &roster.Roster{Banned: map[string]bool{"banned": true}, Roles: roster.Roles{Permissions: map[string]map[string]bool{"org:guest": {}}}}, UserIndex: identity.UserIndex{Users: map[string]*clerkapi.User{
		"kept":    {ExternalID: "ext-kept"},
		"denied":  {ExternalID: "ext-denied"},
		"owner":   {Emails: []clerkapi.EmailAddress{{Address: "other@corp.example", Verified: true}, {Address: "Kept@corp.example", Verified: true}}},
		"claimer": {Emails: []clerkapi.EmailAddress{{Address: "kept@corp.example"}, {Address: "denied@corp.example"}}},
		"bad":     {Emails: []clerkapi.EmailAddress{{Address: "y@bad.example", Verified: true}}},
	}}}
	config := policy.Config{Protect: []string{"kept@corp.example", "ext-kept", "nobody"}, Deny: []string{"denied@corp.example", "ext-denied", "by-id", "*@bad.example"}}
	return NewExclusions(config, v), o
}

// Whom each reason means, and what it stops: protection stops all that would
// change somebody, ban and deny only what lets in or up (S08), so that leavers
// go all the same.
func TestS19EachReasonOfASkip(t *testing.T) {
	for name, x := range map[string]struct {
		change plan.Change
		want   string
	}{
		"removal of a protected external id":   {plan.Change{Action: plan.Remove, UserID: "kept"}, "protected"},
		"removal of a protected address":       {plan.Change{Action: plan.Remove, UserID: "owner"}, "protected"},
		"an identifier protects nobody":        {plan.Change{Action: plan.Remove, UserID: "identified"}, ""},
		"removal of an unproven address":       {plan.Change{Action: plan.Remove, UserID: "claimer"}, ""},
		"the directory's word protects nobody": {plan.Change{Action: plan.Remove, UserID: "fine", Email: "kept@corp.example"}, ""},
		"role of a protected user":             {plan.Change{Action: plan.SetRole, UserID: "kept", To: "org:member"}, "protected"},
		"metadata of a protected user":         {plan.Change{Action: plan.SetMetadata, UserID: "kept", Public: `{"a":1}`}, "protected"},
		"protected by user id":                 {plan.Change{Action: plan.Remove, UserID: "nobody"}, "protected"},
		"add of a protected user":              {plan.Change{Action: plan.Add, UserID: "kept", To: "org:member"}, ""},

		"banned, added":                     {plan.Change{Action: plan.Add, UserID: "banned", To: "org:member"}, "banned"},
		"banned, promoted":                  {plan.Change{Action: plan.SetRole, UserID: "banned", To: "org:admin", Admin: plan.AdminGained}, "banned"},
		"banned, new role":                  {plan.Change{Action: plan.SetRole, UserID: "banned", To: "org:member"}, ""},
		"banned, removed":                   {plan.Change{Action: plan.Remove, UserID: "banned"}, ""},
		"denied, added":                     {plan.Change{Action: plan.Add, UserID: "denied", To: "org:member"}, "denied"},
		"denied, promoted":                  {plan.Change{Action: plan.SetRole, UserID: "denied", To: "org:admin", Admin: plan.AdminGained}, "denied"},
		"denied, new role":                  {plan.Change{Action: plan.SetRole, UserID: "denied", To: "org:member"}, ""},
		"denied, removed":                   {plan.Change{Action: plan.Remove, UserID: "denied"}, ""},
		"denied by user id":                 {plan.Change{Action: plan.Add, UserID: "by-id", To: "org:member"}, "denied"},
		"denied by domain":                  {plan.Change{Action: plan.Add, UserID: "bad", To: "org:member"}, "denied"},
		"denied by what is wanted for":      {plan.Change{Action: plan.Add, UserID: "fine", Email: "denied@corp.example", To: "org:member"}, "denied"},
		"denied by the directory's id":      {plan.Change{Action: plan.Add, UserID: "hidden", Email: "h@corp.example", To: "org:member"}, "denied"},
		"denied by a second address":        {plan.Change{Action: plan.Add, UserID: "second", Email: "s@corp.example", To: "org:member"}, "denied"},
		"unproven address of the deny list": {plan.Change{Action: plan.Add, UserID: "claimer", Email: "c@corp.example", To: "org:member"}, ""},
		"invited, denied":                   {plan.Change{Action: plan.Invite, Email: "denied@corp.example", To: "org:member"}, "denied"},
		"created, denied":                   {plan.Change{Action: plan.CreateUser, Email: "denied@corp.example", To: "org:member"}, "denied"},
		"invited, denied by id":             {plan.Change{Action: plan.Invite, Email: "new@corp.example", To: "org:member"}, "denied"},
		"created, denied by domain":         {plan.Change{Action: plan.CreateUser, Email: "newer@corp.example", To: "org:member"}, "denied"},
		"added under a newcomer's address":  {plan.Change{Action: plan.Add, UserID: "fine", Email: "new@corp.example", To: "org:member"}, ""},
		"revoked invitation, denied":        {plan.Change{Action: plan.RevokeInvitation, Email: "denied@corp.example"}, ""},

		"managed by Clerk":           {plan.Change{Action: plan.Remove, UserID: "synced"}, "managed_by_clerk"},
		"added outside the role set": {plan.Change{Action: plan.Add, UserID: "fine", To: "org:guest"}, "role_set"},
		"invited outside it":         {plan.Change{Action: plan.Invite, Email: "i@corp.example", To: "org:guest"}, "role_set"},
		"created outside it":         {plan.Change{Action: plan.CreateUser, Email: "i@corp.example", To: "org:guest"}, "role_set"},
		"a role outside it":          {plan.Change{Action: plan.SetRole, UserID: "fine", To: "org:guest"}, "role_set"},
		"metadata need no role":      {plan.Change{Action: plan.SetMetadata, UserID: "fine", Public: `{"a":1}`}, ""},
		"a role inside it":           {plan.Change{Action: plan.SetRole, UserID: "fine", To: "org:member"}, ""},
		"large already, and removed": {plan.Change{Action: plan.Remove, UserID: "large"}, ""},
		"large already, and shrunk":  {plan.Change{Action: plan.SetMetadata, UserID: "large", Public: `{"a":null}`}, ""},
		"large already, and grown":   {plan.Change{Action: plan.SetMetadata, UserID: "large", Public: `{"b":1}`}, "metadata_size"},
		"large already, the other":   {plan.Change{Action: plan.SetMetadata, UserID: "large", Private: `{"b":1}`}, "metadata_size"},
	} {
		s, o := newSkipping()
		x.change.Organization, x.change.State = "org_a", plan.Ready
		d := &diff.Proposal{Organization: o, Changes: []plan.Change{x.change}}
		s.Mark(d, &memory.Memory{Managed: map[string]memory.ManagedFact{"org_a synced": {Removal: true}}})
		if got := d.Changes[0].SkippedFor().String(); got != x.want || (got == "") != (d.Changes[0].State == plan.Ready) {
			t.Errorf("%s: skipped for %q (%s), want %q", name, got, d.Changes[0].Why, x.want)
		}
	}
	// Our own ban is taken back before a membership is given back (S25).
	for name, x := range map[string]struct {
		unban plan.Change
		want  string
	}{
		"unbanned":               {plan.Change{Action: plan.Unban, UserID: "banned", State: plan.Ready}, ""},
		"unbanned, but skipped":  {plan.Change{Action: plan.Unban, UserID: "banned", State: plan.Skipped}, "banned"},
		"somebody else unbanned": {plan.Change{Action: plan.Unban, UserID: "fine", State: plan.Ready}, "banned"},
		"unlocked only":          {plan.Change{Action: plan.Unlock, UserID: "banned", State: plan.Ready}, "banned"},
	} {
		s, o := newSkipping()
		c := plan.Change{Action: plan.Add, Organization: "org_a", UserID: "banned", To: "org:member", State: plan.Ready}
		d := &diff.Proposal{Organization: o, Changes: []plan.Change{x.unban, c}}
		s.MarkBeside(d, nil, &plan.Plan{Organizations: []plan.Organization{{ID: plan.Accounts, Changes: []plan.Change{x.unban}}}})
		if got := d.Changes[1].SkippedFor().String(); got != x.want {
			t.Errorf("%s: skipped for %q, want %q", name, got, x.want)
		}
		if d.Changes[0].SkippedFor() == plan.BannedUser {
			t.Errorf("%s: the unban itself is skipped", name)
		}
	}
	s, o := newSkipping()
	d := &diff.Proposal{Organization: o, Changes: []plan.Change{{Organization: "org_a", Action: plan.Remove, UserID: "synced", State: plan.Ready}}}
	if s.Mark(d, nil); d.Changes[0].State != plan.Ready {
		t.Errorf("without a memory: %s", d.Changes[0].Why)
	}
}

// The size that counts is that of each half after the change, what is there
// included; the last byte that Clerk allows is allowed.
func TestSizeOfMetadata(t *testing.T) {
	s, o := newSkipping()
	for name, x := range map[string]struct {
		user string
		room int // what is left beside {"b":"…"}
	}{"a newcomer": {"fine", plan.MaxMetadata - len(`{"b":""}`)}, "with what is there": {"there", plan.MaxMetadata - len(`{"a":"12345","b":""}`)}} {
		for over := range 2 {
			text := plan.JSON(fmt.Sprintf(`{"b":%q}`, strings.Repeat("x", x.room+over)))
			for _, c := range []plan.Change{{UserID: x.user, Public: text}, {UserID: x.user, Private: text}} {
				c.Organization, c.Action, c.State = "org_a", plan.SetMetadata, plan.Ready
				d := &diff.Proposal{Organization: o, Changes: []plan.Change{c}}
				s.Mark(d, nil)
				if got := d.Changes[0].Why; (got != "") != (over > 0) || over > 0 && !strings.Contains(got, fmt.Sprint(plan.MaxMetadata+1, " bytes, Clerk allows ", plan.MaxMetadata)) {
					t.Errorf("%s, %d too many: %q", name, over, got)
				}
			}
		}
	}
}

// asked is an organization before the judge, with what newSkipping knows.
func asked(undoing bool, changes ...plan.Change) *organization {
	x, o := newSkipping()
	return &organization{evidence: &evidence{Judge: &Judge{}, asked: Request{Undoing: undoing}, compared: &diff.Comparison{People: x.users}, exclusions: x},
		plan: &plan.Organization{Changes: changes}, proposal: &diff.Proposal{Organization: o}}
}

// An unknown role is held, so that its name can be corrected. An undo has no name
// to correct, and skips it (S19).
func TestS19UnknownRoleInAnUndo(t *testing.T) {
	c := plan.Change{Action: plan.SetRole, UserID: "fine", To: "org:ghost"}
	for _, undoing := range []bool{false, true} {
		values, skipped := roleNotInSet(asked(undoing), &c)
		if skipped != undoing || len(values) != 1 || values[0] != "org:ghost" {
			t.Errorf("undoing %t: skipped %t, named %v", undoing, skipped, values)
		}
		if _, skipped := roleNotInSet(asked(undoing), &plan.Change{Action: plan.SetRole, UserID: "fine", To: "org:member"}); skipped {
			t.Errorf("undoing %t: a role of the set is skipped", undoing)
		}
	}
}

// Each unknown role is one finding, which concerns the changes that give it.
func TestS19UnknownRoles(t *testing.T) {
	give := func(role string, s plan.State) plan.Change {
		return plan.Change{Action: plan.Add, UserID: "fine", To: role, State: s}
	}
	found := unknownRoles(asked(false, give("org:ghost", plan.Ready), give("org:guest", plan.Ready), give("org:spirit", plan.Ready), give("org:ghost", plan.Ready), give("org:late", plan.Skipped)))
	if len(found) != 2 {
		t.Fatalf("%d findings: %+v", len(found), found)
	}
	for _, x := range []struct {
		change plan.Change
		first  bool
	}{
		{give("org:ghost", plan.Ready), true}, {give("org:spirit", plan.Ready), false}, {give("org:guest", plan.Ready), false},
		{plan.Change{Action: plan.RevokeInvitation, To: "org:ghost"}, false},
	} {
		if got := found[0].concerns(&x.change); got != x.first {
			t.Errorf("the first finding concerns %s of %s: %t", x.change.Action, x.change.To, got)
		}
	}
}
