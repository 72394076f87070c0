package ldap

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"rollcall/source"
	"rollcall/source/internal/check"
	"rollcall/source/internal/panics"
)

// CheckReport is what an admin should see of a directory before the first run.
type CheckReport struct {
	// Server is the one that was read, Kind what it is, Vendor how it calls itself.
	Server, Kind, Vendor string
	// Identity is whom the server takes us for; empty where it does not say.
	Identity string
	// Encrypted is false if the connection can be read on the way.
	Encrypted bool
	// Schema is what auto came to.
	Schema   string
	Contexts []string
	// UserBase and GroupBase are where people and groups are looked for.
	UserBase, GroupBase string
	// StableID names the attribute that people are known by, or those of which
	// each person's first counts; empty if a person has none.
	StableID  string
	Selectors []CheckedSelector
	// CanaryPeople and CanaryGroups are worth setting as canaries (S13).
	CanaryPeople, CanaryGroups []string
	Notes                      []source.Note
	NoRemovals                 []string
}

// CheckedSelector is what one selector of the request came to.
type CheckedSelector struct {
	// Selector is the index into Request.Groups.
	Selector int
	Groups   []CheckedGroup
}

// CheckedGroup is one group as a run would see it.
type CheckedGroup struct {
	ID, Name string
	// Members counts people, nested ones too; Disabled and WithoutEmail are among them.
	Members, Nested, Disabled, WithoutEmail int
	// Samples are up to three people, enabled ones first.
	Samples []CheckedPerson
	// Skipped are up to ten members that do not count, and why.
	Skipped []source.Unusable
	// Unusable counts members that are unknown (S10).
	Unusable int
}

// CheckedPerson is one person with the way into the group.
type CheckedPerson struct {
	Label, Name, Email, ID, Via, DN string
}

const (
	checkSamples = 3
	checkSkipped = 10
)

// Check reads everything that a run would and describes what it saw. An error
// says that the directory cannot be read.
func (d *Directory) Check(ctx context.Context, want source.Request) (report *CheckReport, err error) {
	defer panics.Recover(&err)
	r, err := d.open(ctx, want)
	if err != nil {
		return nil, err
	}
	defer r.server.Close()
	who, err := r.server.WhoAmI(ctx)
	if err != nil {
		return nil, err
	}
	snap, err := r.read(ctx)
	if err != nil {
		return nil, err
	}
	report = &CheckReport{
		Server: r.server.URL(), Kind: string(r.root.Kind), Vendor: source.CleanText(r.root.Vendor), Identity: source.CleanText(who),
		Encrypted: r.server.Encrypted(), Schema: r.schema.Name, Contexts: r.root.Contexts,
		UserBase: r.userBase, GroupBase: r.groupBase, Notes: snap.Notes, NoRemovals: snap.NoRemovals,
	}
	if snap.StableIDs {
		report.StableID = strings.Join(r.schema.IDs, ", ")
	}
	for i := range want.Groups {
		report.Selectors = append(report.Selectors, checkSelector(snap, i, d.now()))
	}
	report.CanaryPeople, report.CanaryGroups = check.SuggestCanaries(snap, d.now())
	return report, nil
}

func checkSelector(snap *source.Snapshot, i int, now time.Time) CheckedSelector {
	out := CheckedSelector{Selector: i}
	for _, g := range snap.Groups {
		if slices.ContainsFunc(g.Matches, func(m source.Match) bool { return m.Selector == i }) {
			out.Groups = append(out.Groups, checkGroup(snap, &g, now))
		}
	}
	return out
}

func checkGroup(snap *source.Snapshot, g *source.Group, now time.Time) CheckedGroup {
	out := CheckedGroup{ID: g.ID, Name: g.Name, Members: len(g.Members), Unusable: len(g.Unusable)}
	skip := func(ref, why string) {
		if len(out.Skipped) < checkSkipped {
			out.Skipped = append(out.Skipped, source.Unusable{Ref: ref, Why: why})
		}
	}
	for _, u := range g.Unusable {
		skip(u.Ref, "unknown: "+u.Why)
	}
	for _, m := range g.Members {
		p := &snap.People[m.Person]
		if m.Via != "" {
			out.Nested++
		}
		switch {
		case p.Gone(now) != "":
			out.Disabled++
			skip(p.Origin.DN, p.Gone(now))
		case p.Email == "":
			out.WithoutEmail++
			skip(p.Origin.DN, "has no valid email address that the bind account can read")
		case len(out.Samples) < checkSamples:
			out.Samples = append(out.Samples, CheckedPerson{
				Label: p.Label(), Name: p.FullName(), Email: p.Email, ID: p.ID, Via: m.Via, DN: p.Origin.DN,
			})
		}
	}
	return out
}

// String is one line about the server, for logs and for people.
func (c *CheckReport) String() string {
	return fmt.Sprintf("%s: %s, schema %s, bound as %s", c.Server, c.Kind, c.Schema, cmp.Or(c.Identity, "unknown"))
}
