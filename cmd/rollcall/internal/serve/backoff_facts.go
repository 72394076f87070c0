package serve

import (
	"cmp"
	"encoding/json"

	"rollcall/sync"
	"rollcall/sync/journal"
)

// factKind is the kind of the journal's facts about failures, by kind and name.
const factKind = "quarantine"

// Load replaces the entries by those of the journal: an earlier service wrote
// them, or a run by hand has ended a backoff.
func (b *Backoff) Load(facts []journal.Fact) {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	clear(b.entries)
	clear(b.written)
	for _, f := range Recall(facts) {
		s := subject{f.Kind, f.Name}
		b.entries[s] = &f
		if value, err := json.Marshal(f); err == nil {
			b.written[s] = string(value)
		}
	}
}

// FactKind is the journal's kind of fact that [Recall] reads.
func FactKind() string { return factKind }

// Recall reads facts of that kind. Facts that it cannot read, such as those of
// another version, are left out.
func Recall(facts []journal.Fact) []Failing {
	var all []Failing
	for _, fact := range facts {
		var f Failing
		if fact.Kind == factKind && json.Unmarshal(fact.Value, &f) == nil && (subject{f.Kind, f.Name}).key() == fact.Key {
			all = append(all, f)
		}
	}
	return all
}

// factChanges are the differences between the entries and the journal.
func (b *Backoff) factChanges() (set, forget []journal.Fact) {
	for s, f := range b.entries {
		value, err := json.Marshal(f)
		if err != nil || b.written[s] == string(value) {
			continue // plain data can be encoded
		}
		b.written[s] = string(value)
		set = append(set, journal.Fact{Kind: factKind, Key: s.key(), Value: value})
	}
	for s := range b.written {
		if b.entries[s] == nil {
			delete(b.written, s)
			forget = append(forget, journal.Fact{Kind: factKind, Key: s.key()})
		}
	}
	return set, forget
}

func (s subject) key() string { return string(s.kind) + " " + s.name }

// Ended lists the facts of failures that are over, because a run by hand could
// read the source or the organization.
func Ended(failing []Failing, r *sync.Report) []journal.Fact {
	if r == nil || r.Interrupted {
		return nil
	}
	read := map[subject]bool{}
	for _, s := range r.Plan.Sources {
		read[subject{OfSource, s.Name}] = true
	}
	labels := map[string]string{}
	for i := range r.Plan.Organizations {
		o := &r.Plan.Organizations[i]
		read[subject{OfOrganization, o.ID}], labels[o.Label()] = true, o.ID
	}
	for _, f := range r.Plan.Failures {
		delete(read, subject{OfSource, f.Source})
		delete(read, subject{OfOrganization, cmp.Or(labels[f.Organization], f.Organization)})
	}
	for id := range r.Down {
		delete(read, subject{OfOrganization, id})
	}
	var facts []journal.Fact
	for _, f := range failing {
		if s := (subject{f.Kind, f.Name}); read[s] {
			facts = append(facts, journal.Fact{Kind: factKind, Key: s.key()})
		}
	}
	return facts
}
