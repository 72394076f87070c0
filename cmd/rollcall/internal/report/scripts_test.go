package report

import (
	"strings"
	"testing"

	"rollcall/clerkapi"
	"rollcall/cmd/rollcall/internal/report/facts"
	"rollcall/sync"
	"rollcall/sync/plan"
)

// Whoever reads a report sees that an address mixes scripts, in each form for
// people; an address in one script has nothing beside it (S35).
func TestS35MixedScriptsAreSaidInEachForm(t *testing.T) {
	const hint = `mixed scripts: ad\u0430@corp.example`
	for email, want := range map[string]bool{"ad\u0430@corp.example": true, "ada@corp.example": false, "иван@xn--80a1acny.xn--p1ai": false} {
		c := plan.Change{Action: plan.Add, Organization: "org_1", UserID: "user_1", Email: email, To: "org:member", Because: "rule 1", State: plan.Ready}
		held := c
		held.State = plan.Held
		r := &sync.Report{Plan: &plan.Plan{Organizations: []plan.Organization{{ID: "org_1", Slug: "acme", Changes: []plan.Change{c, held}}}}}
		o := facts.Options{}
		for name, write := range map[string]func(*strings.Builder) error{
			"text": func(b *strings.Builder) error { return Text(b, r, o) }, "markdown": func(b *strings.Builder) error { return Markdown(b, r, o) },
			"csv": func(b *strings.Builder) error { return CSV(b, r) }, "html": func(b *strings.Builder) error { return HTML(b, r, o) },
			"held set": func(b *strings.Builder) error {
				return Kept(b, clerkapi.Instance{}, []KeptSet{{Parts: r.Plan.Organizations}}, true, o)
			},
		} {
			var b strings.Builder
			if err := write(&b); err != nil {
				t.Fatal(err)
			}
			text := strings.NewReplacer(`\\u`, `\u`, `\@`, "@", "\\.", ".", "&#92;", `\`, "&#64;", "@").Replace(b.String())
			if strings.Contains(text, hint) != want || !want && strings.Contains(text, "mixed scripts") {
				t.Errorf("%s of %s: %s", name, email, text)
			}
		}
		if d := NewDigest(r, o, 25); strings.Contains(d.Sections[0].Held.First[0].Who, hint) != want {
			t.Errorf("message: %+v", d.Sections[0])
		}
	}
}

// A terminal leaves out the domain that most addresses have. An address that looks like
// that of a colleague stays whole there, in the list and where new admins are named (S35,
// S43).
func TestS35MixedScriptsAreSaidBesideAShortAddress(t *testing.T) {
	o := plan.Organization{ID: "org_1", Slug: "acme"}
	for _, email := range []string{"a@corp.example", "b@corp.example", "c@corp.example", "d@corp.example", "e@corp.example", "ad\u0430@corp.example"} {
		o.Changes = append(o.Changes, plan.Change{Action: plan.Add, Organization: "org_1", Email: email, To: "org:admin", Admin: plan.AdminGained, State: plan.Ready})
	}
	r := &sync.Report{Plan: &plan.Plan{Organizations: []plan.Organization{o}, Holds: []plan.Hold{plan.NewHold(plan.UnknownOrganization, "beta", "no organization has this name")}}}
	text := render(t, r, facts.Options{Width: 120})
	if n := strings.Count(text, `ad\u0430@corp.example`); n != 2 || !strings.Contains(text, "acme: a, b, c, d, e, ") {
		t.Errorf("%d times in\n%s", n, text)
	}
}
