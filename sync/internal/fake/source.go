package fake

import (
	"context"
	"strings"

	"rollcall/source"
)

// Source answers with what it was given.
type Source struct {
	Snapshot source.Snapshot
	Err      error
	// Before is called with the context when it is read.
	Before func()
}

// Name is the name of the source.
func (s *Source) Name() string { return s.Snapshot.Source }

// Read gives the groups that somebody wants, and everybody.
func (s *Source) Read(_ context.Context, want source.Request) (*source.Snapshot, error) {
	if s.Before != nil {
		s.Before()
	}
	if s.Err != nil {
		return nil, s.Err
	}
	out := s.Snapshot
	out.Groups = nil
	for _, g := range s.Snapshot.Groups {
		g.Matches = nil
		for i, selector := range want.Groups {
			if selector.Source != "" && selector.Source != out.Source {
				continue
			}
			if captures, ok := selector.MatchName(g.Name); ok {
				g.Matches = append(g.Matches, source.Match{Selector: i, Captures: captures})
			}
		}
		if len(g.Matches) > 0 {
			out.Groups = append(out.Groups, g)
		}
	}
	return &out, nil
}

// HR is a source with stable ids; people are "id email" or "id email key=value…".
// An address behind other= is a further one, where the first is empty too.
func HR(people ...string) *Source {
	s := &Source{Snapshot: source.Snapshot{Source: "hr", StableIDs: true}}
	for i, text := range people {
		fields := strings.Fields(text)
		p := source.Person{ID: fields[0], Origin: source.Origin{Source: "hr", File: "hr.csv", Line: i + 2}}
		for _, f := range fields[1:] {
			key, value, ok := strings.Cut(f, "=")
			switch {
			case !ok && p.Email == "":
				p.Email = f
			case !ok:
				p.OtherEmails = append(p.OtherEmails, f)
			case key == "other":
				p.OtherEmails = append(p.OtherEmails, value)
			case key == "ext":
				p.ExternalID = value
			case key == "off":
				p.Disabled = value
			default:
				p.Attributes = append(p.Attributes, source.Attribute{Name: key, Values: strings.Split(value, ",")})
			}
		}
		s.Snapshot.People = append(s.Snapshot.People, p)
	}
	return s
}

// Group lists people by index; a negative one is an unusable member.
func (s *Source) Group(name string, people ...int) *Source {
	g := source.Group{ID: name, Name: name}
	for _, i := range people {
		if i < 0 {
			g.Unusable = append(g.Unusable, source.Unusable{Ref: "cn=ghost", Why: "no such object"})
			continue
		}
		g.Members = append(g.Members, source.Member{Person: i})
	}
	s.Snapshot.Groups = append(s.Snapshot.Groups, g)
	return s
}

// Named renames a source of a test.
func (s *Source) Named(name string) *Source {
	s.Snapshot.Source = name
	for i := range s.Snapshot.People {
		s.Snapshot.People[i].Origin.Source, s.Snapshot.People[i].Origin.File = name, name+".csv"
	}
	return s
}
