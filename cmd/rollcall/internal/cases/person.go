package cases

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"rollcall/cmd/rollcall/internal/sources"
	"rollcall/source"
)

// Person is somebody whom a case brings, as a source would have them.
type Person struct {
	// Source is the name of a source of the configuration; with one source it may be
	// left out.
	Source     string `yaml:"source"`
	ID         string `yaml:"id"`
	Email      string `yaml:"email"`
	ExternalID string `yaml:"external_id"`
	// Groups are all groups that have the person, also those that other groups bring.
	Groups []string `yaml:"groups"`
	// Attributes are those that templates use, by the name of the attribute or column.
	Attributes map[string]source.Texts `yaml:"attributes"`
	// Disabled says why the account does not count, as the source would.
	Disabled string `yaml:"disabled"`
	// Start and End are the first and the last day, in UTC, or moments.
	Start string `yaml:"start"`
	End   string `yaml:"end"`

	made source.Person
	ldap bool
}

// check finds what is wrong with the person, and makes the entry of the source.
func (p *Person) check(at string, from []sources.Config) []error {
	var problems []error
	add := func(key, format string, args ...any) { problems = append(problems, problem(at+key, format, args...)) }
	if p.Source == "" && len(from) == 1 {
		p.Source = from[0].Name
	}
	switch i := slices.IndexFunc(from, func(s sources.Config) bool { return s.Name == p.Source }); {
	case p.Source == "":
		add(".source", "missing: name one of the sources: %s", strings.Join(sources.Names(from), ", "))
	case i < 0:
		add(".source", "no source has the name %q%s", p.Source, source.DidYouMean(p.Source, sources.Names(from)))
	default:
		p.ldap = from[i].LDAP != nil
	}
	p.made = source.Person{ID: p.ID, ExternalID: p.ExternalID, Disabled: p.Disabled, Origin: source.Origin{Source: p.Source}}
	if p.Email != "" {
		folded, err := source.FoldEmail(p.Email)
		if err != nil {
			add(".email", "%v", err)
		}
		p.made.Email = folded
	}
	if p.Email == "" && p.ID == "" {
		add("", "has neither an email nor an id")
	}
	for i, name := range p.Groups {
		if name == "" || slices.Index(p.Groups, name) < i {
			add(fmt.Sprintf(".groups[%d]", i), "is empty, or in the list already")
		}
	}
	return append(problems, p.checkDates(at)...)
}

func (p *Person) checkDates(at string) (problems []error) {
	if p.Start == "" && p.End == "" {
		return nil
	}
	period := &source.Period{EndedBy: "end"}
	for _, d := range []struct{ key, text string }{{"start", p.Start}, {"end", p.End}} {
		if d.text == "" {
			continue
		}
		t, err := moment(d.text, d.key == "end")
		if err != nil {
			problems = append(problems, problem(at+"."+d.key, "%v", err))
		}
		if d.key == "end" {
			period.End = t
		} else {
			period.Start = t
		}
	}
	p.made.Period = period
	return problems
}

// brought is a source that has nobody but the person of a case, if that.
type brought struct {
	name   string
	person *Person // nil in the other sources
}

// Name is the name of the source that it stands for.
func (b *brought) Name() string { return b.name }

// Read makes the snapshot that the source would give.
func (b *brought) Read(_ context.Context, want source.Request) (*source.Snapshot, error) {
	s := &source.Snapshot{Source: b.name, StableIDs: true, UniqueIDs: true}
	if b.person == nil {
		return s, nil
	}
	who := b.person.made
	s.StableIDs = who.ID != ""
	for _, name := range want.Attributes {
		if values := b.person.attribute(name); values != nil {
			who.Attributes = append(who.Attributes, source.Attribute{Name: name, Values: values})
		}
	}
	s.People = []source.Person{who}
	for _, name := range b.person.Groups {
		g := b.person.group(name)
		g.Origin.Source = b.name
		for i, sel := range want.Groups {
			if sel.Source != "" && sel.Source != b.name {
				continue
			}
			if captures, ok := b.person.answers(sel, &g); ok {
				g.Matches = append(g.Matches, source.Match{Selector: i, Captures: captures})
			}
		}
		if len(g.Matches) > 0 {
			s.Groups = append(s.Groups, g)
		}
	}
	return s, nil
}

// group is a group that has the person. A directory may name it by its DN.
func (p *Person) group(name string) source.Group {
	g := source.Group{ID: name, Name: name, Members: []source.Member{{}}}
	if p.ldap && source.IsDN(name) {
		g.Origin.DN = name
		attribute, _, _ := strings.Cut(name, "=")
		if value, ok := source.RDNValue(name, attribute); ok {
			g.Name = value
		}
	}
	return g
}

// answers reports whether a group answers a selector as in its source. In a directory
// names compare without case, and DNs as DNs. A group without a DN is taken to lie
// below every base.
func (p *Person) answers(sel source.Selector, g *source.Group) (map[string]string, bool) {
	switch {
	case !p.ldap:
		return sel.MatchName(g.Name)
	case sel.Name != "" && source.IsDN(sel.Name):
		return nil, source.SameDN(sel.Name, g.ID)
	case sel.Name != "":
		return nil, source.SameName(sel.Name, g.Name)
	case g.Origin.DN != "" && !below(g.Origin.DN, sel.Base):
		return nil, false
	}
	return sel.MatchName(g.Name)
}

// below reports whether a DN is in the tree of a base.
func below(dn, base string) bool {
	key, err := source.DNKey(dn)
	top, baseErr := source.DNKey(base)
	return err == nil && baseErr == nil && source.Under(key, top)
}

// attribute finds an attribute as its source names it.
func (p *Person) attribute(name string) []string {
	if values, ok := p.Attributes[name]; ok || !p.ldap {
		return values
	}
	for have, values := range p.Attributes {
		if source.SameName(have, name) {
			return values
		}
	}
	return nil
}
