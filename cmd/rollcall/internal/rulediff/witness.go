package rulediff

import (
	"context"
	"fmt"
	"reflect"
	"slices"
	stdsync "sync"

	"rollcall/cmd/rollcall/internal/sources"
	"rollcall/source"
)

// Two reads of one source may show two states of it, and the difference would be taken
// for one of the rules. So what both reads show has to be the same: people, their
// attributes, and the members of groups. What only one of them shows, the rules of the
// other did not ask for.

// witness passes a source on, and notes what a read has shown.
type witness struct {
	source.Source
	mu    stdsync.Mutex
	shown map[string]string
}

// Read reads the source.
func (w *witness) Read(ctx context.Context, want source.Request) (*source.Snapshot, error) {
	s, err := w.Source.Read(ctx, want)
	if err == nil {
		w.mu.Lock()
		defer w.mu.Unlock()
		if w.shown == nil { // a run may read once more, for somebody in no group
			w.shown = shows(s)
		}
	}
	return s, err
}

// shows is what a snapshot says, by what it says it of.
func shows(s *source.Snapshot) map[string]string {
	out := map[string]string{"rows": fmt.Sprintf("%d", len(s.Rows))}
	name := func(i int) string {
		p := &s.People[i]
		return fmt.Sprintf("%q %q %q", p.ID, p.Origin.DN, p.Email)
	}
	for i := range s.People {
		p, who := &s.People[i], name(i)
		out["person "+who] = fmt.Sprintf("%q %q %q %v", p.OtherEmails, p.ExternalID, p.Disabled, p.Period)
		for _, a := range p.Attributes {
			out["attribute "+a.Name+" of "+who] = fmt.Sprintf("%q", a.Values)
		}
	}
	for i := range s.Groups {
		g := &s.Groups[i]
		var members []string
		for _, m := range g.Members {
			members = append(members, fmt.Sprintf("%s %v", name(m.Person), s.PeriodsOf(&m)))
		}
		for _, u := range g.Unusable {
			members = append(members, u.Ref+" "+u.Why)
		}
		slices.Sort(members)
		out["group "+g.ID] = fmt.Sprintf("%q", members)
	}
	for i := range s.Rows {
		r := &s.Rows[i]
		key := fmt.Sprintf("row %s %q", name(r.Person), r.Organization)
		out[key] += fmt.Sprintf("%q %q %q %v", r.Role, r.Public, r.Private, r.Period)
	}
	return out
}

// witnesses watch the sources of one configuration.
func witnesses(opened []source.Source) (list []source.Source) {
	for _, s := range opened {
		list = append(list, &witness{Source: s})
	}
	return list
}

// changed is the name of a source that both configurations read alike, and that showed
// something else the second time; empty if there is none.
func changed(before, after []source.Source, old, changedTo []sources.Config) string {
	for i, b := range before {
		for k, a := range after {
			first, second := b.(*witness), a.(*witness) //nolint:errcheck,forcetypeassert // made above
			if b.Name() != a.Name() || !sameSource(old[i], changedTo[k]) {
				continue
			}
			for what, said := range first.shown {
				if again, both := second.shown[what]; both && again != said {
					return a.Name()
				}
			}
		}
	}
	return ""
}

// sameSource reports whether two entries of the sources section read alike. Where the
// keys of a csv source stand in the file does not count.
func sameSource(a, b sources.Config) bool {
	if a.CSV != nil && b.CSV != nil {
		x, y := *a.CSV, *b.CSV
		x.Places, y.Places = nil, nil
		a.CSV, b.CSV = &x, &y
	}
	return reflect.DeepEqual(a, b)
}
