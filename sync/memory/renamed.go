package memory

import (
	"encoding/json"
	"slices"
	"strings"

	"rollcall/sync/journal"
	"rollcall/sync/plan"
	"rollcall/sync/policy"
)

// A source that has another name now (renamed_from) is the same source: what
// earlier runs have seen of it stays known (S10, S11, S12, S14, S17, S21). The
// facts of movers are renamed where they are read, by [MoverID].

// movedFact is a fact under the former name of its source, and what takes its
// place; that is nil if the journal has one under the present name already.
type movedFact struct {
	old journal.Fact
	now *journal.Fact
}

// renameSources gives the facts the present names of their sources.
func renameSources(facts []journal.Fact, config policy.Config) (moved []movedFact, now []journal.Fact) {
	if len(config.Renamed) == 0 {
		return nil, facts
	}
	present := make(map[string]bool, len(facts))
	for i := range facts {
		present[factKey(facts[i].Kind, facts[i].Key)] = true
	}
	for _, f := range facts {
		renamed := f
		renamed.Key, renamed.Value = presentKey(&f, config), presentValue(&f, config)
		switch {
		case renamed.Key == f.Key && string(renamed.Value) == string(f.Value):
			now = append(now, f)
		case renamed.Key != f.Key && present[factKey(f.Kind, renamed.Key)]:
			moved = append(moved, movedFact{f, nil})
		default:
			moved, now = append(moved, movedFact{f, &renamed}), append(now, renamed)
		}
	}
	return moved, now
}

// presentKey is the key of a fact under the present name of its source.
func presentKey(f *journal.Fact, config policy.Config) string {
	switch f.Kind {
	case FactReferences, FactServer, FactFiles, FactUnreadable:
		return config.PresentName(f.Key)
	case FactGroup, FactPattern, factDecided:
		source, rest, ok := strings.Cut(f.Key, "\x1f")
		if ok {
			return config.PresentName(source) + "\x1f" + rest
		}
	}
	return f.Key
}

// presentValue is the value of a fact with the present names of sources.
func presentValue(f *journal.Fact, config policy.Config) json.RawMessage {
	switch f.Kind {
	case FactOrganization:
		return renamedValue(f, func(o *OrganizationFact) bool {
			was := slices.Clone(o.Sources)
			for i := range o.Sources {
				o.Sources[i] = config.PresentName(o.Sources[i])
			}
			return !slices.Equal(o.Sources, was)
		})
	case factDecided:
		return renamedValue(f, func(d *plan.Decision) bool {
			was, also := d.Was, slices.Clone(d.Also)
			d.Was = config.PresentID(d.Was)
			for i := range d.Also {
				d.Also[i] = config.PresentID(d.Also[i])
			}
			return d.Was != was || !slices.Equal(d.Also, also)
		})
	case FactReferences:
		return renamedValue(f, func(refs *map[string]string) (changed bool) {
			for ref, ids := range *refs {
				for old, now := range config.Renamed {
					ids = strings.ReplaceAll(ids, "\x1e"+old+"\x1f", "\x1e"+now+"\x1f")
				}
				changed = changed || ids != (*refs)[ref]
				(*refs)[ref] = ids
			}
			return changed
		})
	}
	return f.Value
}

// renamedValue is the value of a fact after a change. A value that cannot be
// read stays: whoever needs it reports that.
func renamedValue[V any](f *journal.Fact, change func(*V) (changed bool)) json.RawMessage {
	v, err := decode[V](f)
	if err != nil || !change(&v) {
		return f.Value
	}
	raw, err := json.Marshal(v)
	if err != nil {
		return f.Value
	}
	return raw
}

// KeepRenamed writes the facts of renamed sources down under the present name.
func (n *Update) KeepRenamed() {
	for _, f := range n.Memory.moved {
		if f.now == nil || f.now.Key != f.old.Key {
			n.forget = append(n.forget, f.old)
		}
		if f.now != nil {
			n.Set = append(n.Set, *f.now)
		}
	}
}
