package identity

import (
	"cmp"
	"strings"
	"testing"

	"rollcall/clerkapi"
	"rollcall/sync/internal/fake"
	"rollcall/sync/policy"
)

// Behind an organization that cannot be listed may be a marker: it is read by the
// user, and only who cannot be read waits (S40). Whoever gets nothing is not read.
func TestS40WhoWaitsForAnOrganizationThatCannotBeListed(t *testing.T) {
	other := strings.Replace(fake.Ours("1"), `"rollcall","source"`, `"other","source"`, 1)
	for name, x := range map[string]struct {
		private string // of the membership there; - for none, ? for one that Clerk does not show
		member  string // the role in the organization that is listed; empty for no member
		fault   bool
		adopt   policy.AdoptMode
		gamma   bool // a third one cannot be listed either
		want    string
		text    string
		reads   int
	}{
		"no member there":                {private: "-", want: "1=u1 email", reads: 1},
		"nobody's":                       {private: "{}", want: "1=u1 email", reads: 1},
		"their own":                      {private: fake.Ours("1"), want: "1=u1 email", reads: 1},
		"somebody else":                  {private: fake.Ours("9"), want: "1:S02! u1", text: "is marked with the id 9 of source hr", reads: 1},
		"somebody of another source":     {private: fake.OursFrom("crm", "7"), want: "1:S02! u1", text: "is marked with the id 7 of source crm", reads: 1},
		"another owner's":                {private: other, want: "1=u1 email", reads: 1},
		"not shown":                      {private: "?", want: "1:S02 u1", text: "waits until the organization beta can be read", reads: 1},
		"not to be read":                 {private: "{}", fault: true, want: "1:S02 u1", text: "waits until the organization beta can be read", reads: 1},
		"not to be read, of two":         {private: "{}", fault: true, gamma: true, want: "1:S02 u1", text: "waits until the organizations beta, gamma can be read", reads: 1},
		"as wanted":                      {private: fake.Ours("9"), member: "org:member", want: "1=u1 email", reads: 0},
		"as wanted, and adopted":         {private: fake.Ours("9"), member: "org:member", adopt: policy.AdoptMatched, want: "1:S02! u1", reads: 1},
		"with another role":              {private: fake.Ours("9"), member: "org:guest", want: "1:S02! u1", reads: 1},
		"with another role, and no user": {private: "-", member: "org:guest", want: "1=u1 email", reads: 1},
	} {
		f := fake.NewClerk("acme", "beta", "gamma")
		f.User("u1", "ann@corp.example", "a@home.example")
		if x.member != "" {
			f.Member("acme", "u1", x.member, "")
		}
		if x.private != "-" {
			m := f.Member("beta", "u1", "org:member", strings.Replace(x.private, "?", "", 1))
			if x.private == "?" {
				m.Private = nil
			}
		}
		f.Unlisted["org_beta"] = &clerkapi.IncompleteError{Organization: "org_beta"}
		if x.gamma {
			f.Unlisted["org_gamma"] = f.Unlisted["org_beta"]
		}
		if x.fault {
			f.Faults["memberships_of * u1"] = &clerkapi.Error{Status: 500}
		}
		q := newInquiry(t, f, fake.HR("1 ann@corp.example a@home.example").Group("staff", 0))
		q.config.Adopt = cmp.Or(x.adopt, policy.AdoptNone)
		q.rule("acme", "staff")
		q.rule("beta", "nobody")
		q.rule("gamma", "nobody")
		v := q.resolved(nil)
		if who(v) != x.want || f.Reads["memberships of a user"] != x.reads {
			t.Errorf("%s: %q after %d reads, want %q after %d", name, who(v), f.Reads["memberships of a user"], x.want, x.reads)
		}
		if p := v.People[0].Problem; x.text != "" && (p == nil || !strings.Contains(p.Text, x.text)) {
			t.Errorf("%s: %+v", name, p)
		}
	}
}
