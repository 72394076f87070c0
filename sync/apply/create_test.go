package apply

import (
	"context"
	"errors"
	"strings"
	"testing"

	"rollcall/clerkapi"
	"rollcall/sync/internal/fake"
	"rollcall/sync/plan"
	"rollcall/sync/policy"
)

// Whoever signed up with a newcomer's address while the answer was lost is
// taken for them only if nobody has denied them, by whatever name.
func TestS08CreatedAsNobodyWhoIsDenied(t *testing.T) {
	f := fake.NewClerk("acme")
	f.User("user_x", "new@corp.example", "other@corp.example").ExternalID = "e9"
	for deny, want := range map[string]string{"": "user_x", "somebody@corp.example": "user_x", "user_x": "", "e9": "", "OTHER@corp.example": "", "other@*": ""} {
		r := &Sender{Clerk: f, Config: policy.DefaultConfig()}
		if deny != "" {
			r.Config.Deny = []string{deny}
		}
		user, why, err := r.createdAs(t.Context(), &plan.Change{Email: "new@corp.example"}, false)
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
		clerk    func(f *fake.Clerk)
		user     string
		why      string
	}{
		"nobody":                         {"e1", func(*fake.Clerk) {}, "", "lists no account that has it"},
		"proven":                         {"", func(f *fake.Clerk) { f.User("user_x", "new@corp.example") }, "user_x", ""},
		"proven, with the external_id":   {"e1", func(f *fake.Clerk) { f.User("user_x", "new@corp.example").ExternalID = "e1" }, "user_x", ""},
		"proven, without one":            {"e1", func(f *fake.Clerk) { f.User("user_x", "new@corp.example") }, "", `but the external_id "" instead of "e1" (S02)`},
		"proven, with another":           {"e1", func(f *fake.Clerk) { f.User("user_x", "new@corp.example").ExternalID = "e2" }, "", `but the external_id "e2" instead of "e1" (S02)`},
		"proven, one that is not asked":  {"", func(f *fake.Clerk) { f.User("user_x", "new@corp.example").ExternalID = "e2" }, "user_x", ""},
		"without proof":                  {"", func(f *fake.Clerk) { f.User("user_x", "~new@corp.example") }, "", "but has not verified it, and Clerk allows no second account with it (S03)"},
		"the external_id, other address": {"e1", func(f *fake.Clerk) { f.User("user_x", "old@corp.example").ExternalID = "e1" }, "", "account user_x has the external_id, but another address (S02)"},
		"banned":                         {"", func(f *fake.Clerk) { f.User("user_x", "new@corp.example").Banned = true }, "", "banned or deprovisioned"},
		"deprovisioned":                  {"", func(f *fake.Clerk) { f.User("user_x", "new@corp.example").Deprovisioned = true }, "", "banned or deprovisioned"},
	} {
		f := fake.NewClerk("acme")
		x.clerk(f)
		r := &Sender{Clerk: f, Config: policy.DefaultConfig()}
		user, why, err := r.createdAs(t.Context(), &plan.Change{Email: "new@corp.example", ExternalID: x.external}, false)
		if err != nil || user != x.user || !strings.Contains(why, x.why) || x.why == "" && why != "" {
			t.Errorf("%s: user %q, %q, %v", name, user, why, err)
		}
	}
}

// answering is a Clerk that answers each attempt to create a user in turn, and
// at last with the last; an answer that is nil creates.
type answering struct {
	*fake.Clerk
	answers []error
	asked   int
	// signsUp says that somebody has the address after the first answer.
	signsUp bool
}

func (c *answering) CreateUser(_ context.Context, u clerkapi.NewUser) (clerkapi.User, error) {
	err := c.answers[min(c.asked, len(c.answers)-1)]
	c.asked++
	if c.signsUp {
		c.User("user_new", u.Email)
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
		f := &answering{Clerk: fake.NewClerk("acme"), answers: x.answers, signsUp: x.signsUp}
		if x.unread {
			f.Faults["users_by_address * *"] = errors.New("no answer")
		}
		o := (&Sender{Clerk: f, Config: policy.DefaultConfig()}).createUser(t.Context(), &plan.Change{Action: plan.CreateUser, Email: "new@corp.example"})
		if o.Result != x.result || o.user != x.user || f.asked != x.asked || (o.Error == "") != (x.result == Done) {
			t.Errorf("%s: %s of %q after %d: %q", name, o.Result, o.user, f.asked, o.Error)
		}
	}
}

// A reserved address is taken for the account whose answer was lost, and for no other:
// nobody may have proven anything to that account (S03).
func TestS03CreatedWithAReservedAddress(t *testing.T) {
	reserved := func(f *fake.Clerk, also ...string) *clerkapi.User {
		u := f.User("user_x", append([]string{"~new@corp.example"}, also...)...)
		u.Emails[0].Reserved = true
		return u
	}
	for name, x := range map[string]struct {
		clerk    func(f *fake.Clerk)
		address  policy.CreateAddress
		external string
		lost     bool
		user     string
	}{
		"the answer was lost":               {func(f *fake.Clerk) { reserved(f) }, policy.AddressReserved, "", true, "user_x"},
		"with its external_id":              {func(f *fake.Clerk) { reserved(f).ExternalID = "e1" }, policy.AddressReserved, "e1", true, "user_x"},
		"with another external_id":          {func(f *fake.Clerk) { reserved(f).ExternalID = "e2" }, policy.AddressReserved, "e1", true, ""},
		"with one that nobody asked for":    {func(f *fake.Clerk) { reserved(f).ExternalID = "e2" }, policy.AddressReserved, "", true, ""},
		"no answer was lost":                {func(f *fake.Clerk) { reserved(f) }, policy.AddressReserved, "", false, ""},
		"rollcall reserves nothing":         {func(f *fake.Clerk) { reserved(f) }, policy.AddressVerified, "", true, ""},
		"somebody has proven another one":   {func(f *fake.Clerk) { reserved(f, "old@corp.example") }, policy.AddressReserved, "", true, ""},
		"somebody wrote it down themselves": {func(f *fake.Clerk) { f.User("user_x", "~new@corp.example") }, policy.AddressReserved, "", true, ""},
		"banned":                            {func(f *fake.Clerk) { reserved(f).Banned = true }, policy.AddressReserved, "", true, ""},
	} {
		f := fake.NewClerk("acme")
		x.clerk(f)
		r := &Sender{Clerk: f, Config: policy.DefaultConfig()}
		r.Config.Create.Address = x.address
		user, why, err := r.createdAs(t.Context(), &plan.Change{Email: "new@corp.example", ExternalID: x.external}, x.lost)
		if err != nil || user != x.user || (user == "") != (why != "") {
			t.Errorf("%s: user %q, %q, %v", name, user, why, err)
		}
	}
}
