package sync

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"rollcall/clerkapi"
	"rollcall/sync/journal"
)

// Whoever signed up with a newcomer's address while the answer was lost is
// taken for them only if nobody has denied them, by whatever name.
func TestS08CreatedAsNobodyWhoIsDenied(t *testing.T) {
	f := newFake("acme")
	f.user("user_x", "new@corp.example", "other@corp.example").ExternalID = "e9"
	for deny, want := range map[string]string{"": "user_x", "somebody@corp.example": "user_x", "user_x": "", "e9": "", "OTHER@corp.example": "", "other@*": ""} {
		r := &Reconciler{clerk: f, config: DefaultConfig()}
		if deny != "" {
			r.config.Deny = []string{deny}
		}
		user, why, err := r.createdAs(t.Context(), &Change{Email: "new@corp.example"})
		if err != nil || user != want || want == "" && !strings.Contains(why, "on the deny list") {
			t.Errorf("deny %q: user %q, %q, %v", deny, user, why, err)
		}
	}
}

// Who holds a newcomer's address or external_id already is taken for them only
// with proof of the address, and with no other external_id (S02, S03, S08).
func TestS03CreatedAsWhom(t *testing.T) {
	for name, x := range map[string]struct {
		external string
		clerk    func(f *fakeClerk)
		user     string
		why      string
	}{
		"nobody":                         {"e1", func(*fakeClerk) {}, "", "shows no user who has it"},
		"proven":                         {"", func(f *fakeClerk) { f.user("user_x", "new@corp.example") }, "user_x", ""},
		"proven, with the external_id":   {"e1", func(f *fakeClerk) { f.user("user_x", "new@corp.example").ExternalID = "e1" }, "user_x", ""},
		"proven, without one":            {"e1", func(f *fakeClerk) { f.user("user_x", "new@corp.example") }, "", `and the external_id "" instead of "e1" (S02)`},
		"proven, with another":           {"e1", func(f *fakeClerk) { f.user("user_x", "new@corp.example").ExternalID = "e2" }, "", `and the external_id "e2" instead of "e1" (S02)`},
		"proven, one that is not asked":  {"", func(f *fakeClerk) { f.user("user_x", "new@corp.example").ExternalID = "e2" }, "user_x", ""},
		"without proof":                  {"", func(f *fakeClerk) { f.user("user_x", "~new@corp.example") }, "", "without proof, which nobody else can take (S03)"},
		"the external_id, other address": {"e1", func(f *fakeClerk) { f.user("user_x", "old@corp.example").ExternalID = "e1" }, "", "user user_x has the external_id, and another address (S02)"},
		"banned":                         {"", func(f *fakeClerk) { f.user("user_x", "new@corp.example").Banned = true }, "", "banned or deprovisioned"},
		"deprovisioned":                  {"", func(f *fakeClerk) { f.user("user_x", "new@corp.example").Deprovisioned = true }, "", "banned or deprovisioned"},
	} {
		f := newFake("acme")
		x.clerk(f)
		r := &Reconciler{clerk: f, config: DefaultConfig()}
		user, why, err := r.createdAs(t.Context(), &Change{Email: "new@corp.example", ExternalID: x.external})
		if err != nil || user != x.user || !strings.Contains(why, x.why) || x.why == "" && why != "" {
			t.Errorf("%s: user %q, %q, %v", name, user, why, err)
		}
	}
}

// answering is a Clerk that answers each attempt to create a user in turn, and
// at last with the last; an answer that is nil creates.
type answering struct {
	*fakeClerk
	answers []error
	asked   int
	// signsUp says that somebody has the address after the first answer.
	signsUp bool
}

func (c *answering) CreateUser(_ context.Context, u clerkapi.NewUser) (clerkapi.User, error) {
	err := c.answers[min(c.asked, len(c.answers)-1)]
	c.asked++
	if c.signsUp {
		c.user("user_new", u.Email)
		c.signsUp = false
	}
	if err != nil {
		return clerkapi.User{}, err
	}
	return clerkapi.User{ID: "user_new"}, nil
}

// A user is asked for again only when nobody has the address, and who came in
// between by themselves is left to the next run's look (S32).
func TestS32WhatBecomesOfACreation(t *testing.T) {
	taken, lost := &clerkapi.Error{Status: 422, Code: "form_identifier_exists"}, &clerkapi.Error{Method: "POST", Status: 502}
	refused := &clerkapi.Error{Status: 422, Code: "form_param_format_invalid"}
	for name, x := range map[string]struct {
		answers []error
		signsUp bool
		unread  bool
		result  Result
		user    string
		asked   int
	}{
		"created":                       {[]error{nil}, false, false, Done, "user_new", 1},
		"refused":                       {[]error{refused}, false, false, Failed, "", 1},
		"taken by somebody just now":    {[]error{taken}, true, false, Found, "", 1},
		"taken, and nobody shown":       {[]error{taken}, false, false, Dropped, "", 1},
		"lost, and it was done":         {[]error{lost}, true, false, Done, "user_new", 1},
		"lost, then created":            {[]error{lost, nil}, false, false, Done, "user_new", 2},
		"lost, and taken by that":       {[]error{lost, taken}, false, false, Dropped, "", 2},
		"lost every time":               {[]error{lost}, false, false, Failed, "", mostCreates},
		"lost, and nobody can look":     {[]error{lost}, true, true, Failed, "", 1},
		"taken, and nobody can look up": {[]error{taken}, true, true, Failed, "", 1},
	} {
		f := &answering{fakeClerk: newFake("acme"), answers: x.answers, signsUp: x.signsUp}
		if x.unread {
			f.faults["users_by_address * *"] = errors.New("no answer")
		}
		o := (&Reconciler{clerk: f, config: DefaultConfig()}).createUser(t.Context(), &Change{Action: CreateUser, Email: "new@corp.example"})
		if o.Result != x.result || o.user != x.user || f.asked != x.asked || (o.Error == "") != (x.result == Done) {
			t.Errorf("%s: %s of %q after %d: %q", name, o.Result, o.user, f.asked, o.Error)
		}
	}
}

// What a run that was cut off had in hand is looked up in Clerk, change by
// change; where nobody answers, nothing is written down (S32).
func TestS32WhatBecameOfEachIntent(t *testing.T) {
	f := newFake("acme")
	f.user("user_ann", "ann@corp.example")
	f.member("acme", "user_ann", "org:member", ours("1")).Public = []byte(`{"dept":"IT"}`)
	f.user("user_ben", "ben@corp.example")
	entry := func(a Action, user, email string, change ...func(*journal.Change)) journal.Change {
		e := journal.Change{Action: a.String(), Organization: "org_acme", UserID: user, Email: email, Source: "hr", PersonID: "1", Intended: time.Unix(1, 0)}
		for _, c := range change {
			c(&e)
		}
		return e
	}
	role := func(to string) func(*journal.Change) { return func(e *journal.Change) { e.To = to } }
	public := func(text string) func(*journal.Change) {
		return func(e *journal.Change) { e.Public = []byte(text) }
	}
	private := func(text string) func(*journal.Change) {
		return func(e *journal.Change) { e.Private = []byte(text) }
	}
	for name, x := range map[string]struct {
		entry  journal.Change
		fault  string
		result Result
		fails  bool
	}{
		"an add that came":              {entry(Add, "user_ann", "ann@corp.example"), "", Done, false},
		"an add under another id":       {entry(Add, "user_ann", "ann@corp.example", func(e *journal.Change) { e.PersonID = "7" }), "", NotSent, false},
		"an add that did not":           {entry(Add, "user_ben", "ben@corp.example"), "", NotSent, false},
		"a removal that came":           {entry(Remove, "user_ben", "ben@corp.example"), "", Done, false},
		"a removal that did not":        {entry(Remove, "user_ann", "ann@corp.example"), "", NotSent, false},
		"removed, and somebody else":    {entry(Remove, "user_ann", "ann@corp.example", func(e *journal.Change) { e.PersonID = "7" }), "", Done, false},
		"removed, never marked":         {entry(Remove, "user_ann", "ann@corp.example", func(e *journal.Change) { e.PersonID = "" }), "", NotSent, false},
		"a role that came":              {entry(SetRole, "user_ann", "ann@corp.example", role("org:member")), "", Done, false},
		"a role that did not":           {entry(SetRole, "user_ann", "ann@corp.example", role("org:admin")), "", NotSent, false},
		"a role of somebody gone":       {entry(SetRole, "user_ben", "ben@corp.example", role("")), "", NotSent, false},
		"metadata that came":            {entry(SetMetadata, "user_ann", "ann@corp.example", public(`{"dept":"IT","old":null}`)), "", Done, false},
		"metadata that did not":         {entry(SetMetadata, "user_ann", "ann@corp.example", public(`{"dept":"HR"}`)), "", NotSent, false},
		"private ones that did not":     {entry(SetMetadata, "user_ann", "ann@corp.example", private(`{"dept":"IT"}`)), "", NotSent, false},
		"metadata of somebody gone":     {entry(SetMetadata, "user_ben", "ben@corp.example"), "", NotSent, false},
		"an adoption that came":         {entry(Adopt, "user_ann", "ann@corp.example", private(ours("1"))), "", Done, false},
		"a user who is there":           {entry(CreateUser, "", "ben@corp.example"), "", Done, false},
		"a user who is not":             {entry(CreateUser, "", "cy@corp.example"), "", NotSent, false},
		"a user nobody can look for":    {entry(CreateUser, "", "ben@corp.example"), "users_by_address * *", "", true},
		"a membership nobody can read":  {entry(Add, "user_ann", "ann@corp.example"), "find org_acme user_ann", "", true},
		"an invitation nobody can list": {entry(Invite, "", "cy@corp.example"), "pending * *", "", true},
		"an invitation that did not":    {entry(Invite, "", "cy@corp.example"), "", NotSent, false},
		"an entry that nobody knows":    {journal.Change{Action: "bless"}, "", "", true},
	} {
		f.faults = map[string]error{}
		if x.fault != "" {
			f.faults[x.fault] = errors.New("no answer")
		}
		r := &Reconciler{clerk: f, config: DefaultConfig()}
		out, err := r.investigate(t.Context(), &x.entry, func() ([]clerkapi.Invitation, error) { return r.clerk.PendingInvitations(t.Context()) })
		if (err != nil) != x.fails || err == nil && out.Result != string(x.result) {
			t.Errorf("%s: %q, %v", name, out.Result, err)
		}
	}
}
