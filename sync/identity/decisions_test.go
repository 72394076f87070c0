package identity

import (
	"strings"
	"testing"
	"time"

	"go.uber.org/zap"

	"rollcall/clerkapi"
	"rollcall/source"
	"rollcall/sync/assign"
	"rollcall/sync/directory"
	"rollcall/sync/internal/fake"
	"rollcall/sync/policy"
	"rollcall/sync/roster"
)

// Of two reviewers who disagree the one who keeps counts, in whatever order and
// under whichever of the organization's names they say it.
func TestReviewersWhoDisagree(t *testing.T) {
	for name, x := range map[string]struct {
		words string // slug or id, then - to remove and = to keep
		stays bool
	}{
		"one removes":            {"acme-", false},
		"by id":                  {"org_a-", false},
		"both remove":            {"acme- acme-", false},
		"both, by slug and id":   {"acme- org_a-", false},
		"remove, then keep":      {"acme- acme=", true},
		"keep, then remove":      {"acme= acme-", true},
		"by slug and id":         {"acme= org_a-", true},
		"by id and slug":         {"org_a= acme-", true},
		"in another":             {"beta-", true},
		"kept in another only":   {"acme- beta=", false},
		"nobody says who it was": {"acme-nobody", true},
	} {
		var snapshots []*source.Snapshot
		for word := range strings.FieldsSeq(x.words) {
			at := strings.IndexAny(word, "-=")
			d := source.Decision{Organization: word[:at], Remove: word[at] == '-', UserID: "u1", MembershipID: "m1"}
			if word[at+1:] != "" {
				d.UserID = ""
			}
			snapshots = append(snapshots, &source.Snapshot{Decisions: []source.Decision{d}})
		}
		a := assign.FromRules(&policy.Ruleset{}, directory.New(snapshots, time.Now(), nil), policy.Config{}, nil)
		o := &roster.Organization{Names: []string{"acme", "org_a"}, Members: []roster.Member{{UserID: "u1", Role: "org:member"}}, UserByMembership: map[string]string{"m1": "u1"}}
		have := &roster.Roster{Organizations: []*roster.Organization{o}, Banned: map[string]bool{}}
		v := &Resolver{UserIndex: NewUserIndex(fake.NewClerk(), zap.NewNop(), have), Have: have}
		if err := v.fileDecisions(t.Context(), a); err != nil {
			t.Fatal(err)
		}
		if d := o.Decisions["u1"]; (d != nil && d.Remove) == x.stays {
			t.Errorf("%s: stays %t, want %t", name, !x.stays, x.stays)
		}
		if (name == "nobody says who it was") != (len(a.Notes) == 1) {
			t.Errorf("%s: notes %+v", name, a.Notes)
		}
	}
}

// A decision counts for the membership that the reviewer saw, and for no other;
// people may change their own address, which changes nothing (S30).
func TestWhichMembershipADecisionFits(t *testing.T) {
	row := source.Decision{Remove: true, UserID: "u1", MembershipID: "m1", Role: "org:member", Email: "ann@corp.example"}
	for name, x := range map[string]struct {
		change func(*source.Decision)
		want   string
	}{
		"the one of the review":           {func(*source.Decision) {}, ""},
		"left":                            {func(d *source.Decision) { d.UserID, d.MembershipID = "u9", "m9" }, "left before"},
		"a new membership":                {func(d *source.Decision) { d.MembershipID = "m9" }, "was added again after the review"},
		"cells of two rows":               {func(d *source.Decision) { d.UserID = "u2" }, "does not have the membership m1: the cells of the row do not belong together"},
		"cells of two rows, one who left": {func(d *source.Decision) { d.UserID = "u9" }, "does not have the membership m1: the cells of the row do not belong together"},
		"another role":                    {func(d *source.Decision) { d.Role = "org:admin" }, "had the role org:admin then and has org:member now"},
		"another role, kept":              {func(d *source.Decision) { d.Remove, d.Role = false, "org:admin" }, ""},
		"no role":                         {func(d *source.Decision) { d.Role = "" }, ""},
		"another address":                 {func(d *source.Decision) { d.Email = "ben@corp.example" }, ""},
		"no address at all":               {func(d *source.Decision) { d.Email = "not an address" }, ""},
		"no address, of a user name":      {func(d *source.Decision) { d.UserID, d.MembershipID, d.Email = "u2", "m2", "not an address" }, ""},
		"no address":                      {func(d *source.Decision) { d.Email = "" }, ""},
		"the address in capitals":         {func(d *source.Decision) { d.Email = "ANN@Corp.Example" }, ""},
		"a user name":                     {func(d *source.Decision) { d.UserID, d.MembershipID, d.Email = "u2", "m2", "Ann Example" }, ""},
		"a user name after a sign":        {func(d *source.Decision) { d.UserID, d.MembershipID, d.Email = "u2", "m2", "'Ann Example" }, ""},
		"a verified address":              {func(d *source.Decision) { d.UserID, d.MembershipID, d.Email = "u2", "m2", "two@corp.example" }, ""},
		"an address without proof":        {func(d *source.Decision) { d.UserID, d.MembershipID, d.Email = "u2", "m2", "claimed@corp.example" }, ""},
	} {
		o := &roster.Organization{Members: []roster.Member{{UserID: "u1", Role: "org:member", Identifier: "ann@corp.example"}, {UserID: "u2", Role: "org:member", Identifier: "Ann Example"}},
			UserByMembership: map[string]string{"m1": "u1", "m2": "u2"}}
		d := row
		x.change(&d)
		if got := Mismatch(o, &d); got != x.want {
			t.Errorf("%s: %q, want %q", name, got, x.want)
		}
	}
}

// The users whom a review removes are read, and no others: each read costs a part
// of a request (S04). A decision to remove that fits nobody is kept apart.
func TestS04WhomAReviewReads(t *testing.T) {
	for name, x := range map[string]struct {
		decision source.Decision
		known    bool
		read     bool
		apart    int
	}{
		"removed":               {source.Decision{Remove: true, UserID: "u1", MembershipID: "m1"}, false, true, 0},
		"removed, and known":    {source.Decision{Remove: true, UserID: "u1", MembershipID: "m1"}, true, false, 0},
		"kept":                  {source.Decision{UserID: "u1", MembershipID: "m1"}, false, false, 0},
		"removed, who has left": {source.Decision{Remove: true, UserID: "u9", MembershipID: "m9"}, false, false, 1},
		"kept, who has left":    {source.Decision{UserID: "u9", MembershipID: "m9"}, false, false, 0},
	} {
		x.decision.Organization = "acme"
		f := fake.NewClerk()
		f.User("u1", "ann@corp.example").Banned = true
		a := assign.FromRules(&policy.Ruleset{}, directory.New([]*source.Snapshot{{Decisions: []source.Decision{x.decision}}}, time.Now(), nil), policy.Config{}, nil)
		o := &roster.Organization{Names: []string{"acme"}, Members: []roster.Member{{UserID: "u1", Role: "org:member"}}, UserByMembership: map[string]string{"m1": "u1"}}
		have := &roster.Roster{Organizations: []*roster.Organization{o}, Banned: map[string]bool{}}
		v := &Resolver{UserIndex: NewUserIndex(f, zap.NewNop(), have), Clerk: f, Have: have}
		if x.known {
			v.Users["u1"] = &clerkapi.User{ID: "u1"}
		}
		if err := v.fileDecisions(t.Context(), a); err != nil {
			t.Fatal(err)
		}
		if got := f.Reads["users by id"] > 0; got != x.read || (v.Users["u1"] != nil) != (x.read || x.known) {
			t.Errorf("%s: read %t", name, got)
		}
		if len(o.UnmatchedDecisions) != x.apart {
			t.Errorf("%s: %d are apart", name, len(o.UnmatchedDecisions))
		}
	}
}

// Somebody whom a review wants out, and who has more today than was reviewed, is
// held for a new decision; whoever has what was reviewed, or less, is not (S30).
func TestS30WhoOutgrewAReview(t *testing.T) {
	for name, x := range map[string]struct {
		user, membership, role, now string
		keep, want                  bool
	}{
		"the same membership and role":    {"u1", "m1", "org:member", "org:member", false, false},
		"a higher role":                   {"u1", "m1", "org:member", "org:admin", false, true},
		"a lower role":                    {"u1", "m1", "org:admin", "org:member", false, false},
		"a role that is unknown":          {"u1", "m1", "org:old", "org:member", false, true},
		"a review without roles":          {"u1", "m1", "", "org:admin", false, false},
		"a membership since":              {"u1", "m9", "org:admin", "org:member", false, true},
		"has left":                        {"u9", "m9", "org:member", "org:member", false, false},
		"a higher role, kept":             {"u1", "m1", "org:member", "org:admin", true, false},
		"a membership since, kept":        {"u1", "m9", "org:member", "org:admin", true, false},
		"cells of two rows":               {"u1", "m2", "org:guest", "org:member", false, false},
		"cells of two rows, one has left": {"u9", "m1", "org:guest", "org:member", false, false},
	} {
		o := &roster.Organization{Members: []roster.Member{{UserID: "u1", Role: x.now}, {UserID: "u2", Role: "org:member"}},
			UserByMembership: map[string]string{"m1": "u1", "m2": "u2"}}
		v := &Resolver{Have: &roster.Roster{Roles: roster.NewRoles([]clerkapi.Role{fake.AdminRole, fake.MemberRole, fake.GuestRole}, nil)}}
		d := &source.Decision{Remove: !x.keep, UserID: x.user, MembershipID: x.membership, Role: x.role}
		if got := Outgrown(o, d, v); got != x.want {
			t.Errorf("%s: %t", name, got)
		}
	}
}
