package statuspage

import (
	"cmp"
	"net/http"
	"slices"
	"strconv"

	"rollcall/cmd/rollcall/internal/escape"
	"rollcall/sync"
	"rollcall/sync/assign"
)

// grant says what a group gives in an organization, as the page shows it. Its texts are
// free of control characters and their like (S35).
type grant struct {
	Source string `json:"source"`
	// Group is empty for the rows of a source, and Rule is 0 for them.
	Group string `json:"group,omitempty"`
	Rule  int    `json:"rule,omitempty"`
	// OrganizationID is empty if the group leads nowhere, or to no organization in Clerk.
	OrganizationID string `json:"organization_id,omitempty"`
	Organization   string `json:"organization,omitempty"`
	Role           string `json:"role,omitempty"`
	People         int    `json:"people"`
	Outranked      int    `json:"outranked,omitempty"`
}

// Path leads to the page of the organization.
func (g *grant) Path() string { return organizationPath(g.OrganizationID) }

// grants are those of the last whole run, the largest first. More is how many are not
// kept.
type grants struct {
	List []grant `json:"list"`
	More int     `json:"more,omitempty"`
}

const (
	mostGrants  = 5000
	shownGrants = 200 // on one page
)

func newGrants(r *sync.Report) *grants {
	labels := map[string]string{}
	for i := range r.Plan.Organizations {
		o := &r.Plan.Organizations[i]
		labels[o.ID] = o.Label()
	}
	all := &grants{More: max(0, len(r.Grants)-mostGrants)}
	for i := range r.Grants[:len(r.Grants)-all.More] {
		all.List = append(all.List, newGrant(&r.Grants[i], labels))
	}
	return all
}

func newGrant(g *assign.Grant, labels map[string]string) grant {
	out := grant{Source: escape.Brief(g.Source), Group: escape.Brief(g.Group), Rule: g.Rule, Role: escape.Brief(g.Role), People: g.People, Outranked: g.Outranked,
		Organization: escape.Brief(cmp.Or(labels[g.Organization], g.Organization))}
	if labels[g.Organization] != "" {
		out.OrganizationID = g.Organization
	}
	return out
}

// matching are the grants in which a text occurs; empty is all.
func (g *grants) matching(text string) []grant {
	return slices.DeleteFunc(slices.Clone(g.List), func(one grant) bool {
		return !slices.ContainsFunc([]string{one.Source, one.Group, one.Organization, one.OrganizationID, one.Role}, func(in string) bool { return contains(in, text) })
	})
}

// groupsPage says which group gives what.
type groupsPage struct {
	frame
	Filter      string // what is looked for
	Seen        string
	Rows        []grant
	From, To    int // from 1
	All, Unkept int
	Page, Pages int
	Unknown     bool
}

func (p *Page) groupsPage(r *http.Request, f *frame) (string, any, error) {
	f.Title, f.Root = "Which group gives what", "./"
	earlier := p.history(r.Context())
	known := cmp.Or(p.grants.Load(), earlier.grants)
	v := groupsPage{frame: *f, Filter: escape.Text(queryOf(r, "filter")), Unknown: known == nil}
	if known == nil {
		return "grants", &v, nil
	}
	if v.names != nil {
		v.Seen = "as of the run that ended " + v.at.moment(v.names.Finished)
	}
	list := known.matching(queryOf(r, "filter"))
	v.All, v.Unkept = len(list), known.More
	v.Pages = max(1, (len(list)+shownGrants-1)/shownGrants)
	page, _ := strconv.Atoi(r.URL.Query().Get("page")) // what is no number is the first
	v.Page = min(max(page, 1), v.Pages)
	first := (v.Page - 1) * shownGrants
	v.Rows = list[first:min(len(list), first+shownGrants)]
	v.From, v.To = first+1, first+len(v.Rows)
	return "grants", &v, nil
}

// Previous is the page before this one; 0 is none.
func (v *groupsPage) Previous() int { return v.Page - 1 }

// Next is the page after this one; 0 is none.
func (v *groupsPage) Next() int {
	if v.Page == v.Pages {
		return 0
	}
	return v.Page + 1
}
