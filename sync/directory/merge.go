package directory

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"rollcall/source"
	"rollcall/sync/plan"
	"rollcall/sync/policy"
)

// Entries of different sources are one person if they have the same id and the
// configuration says that the sources share their ids. An address that a source
// writes is a claim and no identity: people may write their own (S01). Only
// sources without ids have nothing but addresses, and are joined by them. The
// source higher in the list gives the id and each attribute that it has. The
// next source gives the rest.

// New joins the people of different sources. A person whose end date has passed
// since the entry was written counts as disabled (S28).
func New(snapshots []*source.Snapshot, now time.Time, same policy.SameIDs) *Directory {
	d := &Directory{Snapshots: snapshots, SameAddress: map[*Person]*SharedAddress{}, Now: now, Same: same}
	n := 0
	for _, s := range snapshots {
		n += len(s.People)
	}
	j := &merger{Directory: d, byID: map[plan.DirectoryID]*Person{}, byAddress: map[string]*Person{}}
	for _, s := range snapshots {
		d.People = append(d.People, j.mergeSource(s, now))
		d.Rows = append(d.Rows, len(s.Rows))
		if !s.StableIDs {
			d.Notes = append(d.Notes, plan.Note{Rule: "S02", Text: addressesOnly(s)})
		}
	}
	d.Notes = append(d.Notes, j.disagreementNotes()...)
	return d
}

// addressesOnly says whose address is all that a source knows them by.
func addressesOnly(s *source.Snapshot) string {
	n := 0
	for i := range s.People {
		if s.People[i].ID == "" {
			n++
		}
	}
	switch n {
	case len(s.People):
		return fmt.Sprintf("source %s has no permanent ids, so people are identified by address: after a change of address, rollcall sees a different person", s.Source)
	case 1:
		return fmt.Sprintf("source %s: 1 of %d people has no id and is identified by address only: after a change of address, rollcall sees a different person", s.Source, len(s.People))
	}
	return fmt.Sprintf("source %s: %d of %d people have no id and are identified by address only: after a change of address, rollcall sees a different person", s.Source, n, len(s.People))
}

// merger is what is known of the people of the sources so far.
type merger struct {
	*Directory
	byID      map[plan.DirectoryID]*Person // of sources with the same ids
	byAddress map[string]*Person           // of entries without an id, of all sources
	inSource  map[string]*Person           // by address, of the source that is merged now
	differ    []*disagreement
}

// mergeSource returns the person of each entry of a source.
func (j *merger) mergeSource(s *source.Snapshot, now time.Time) []*Person {
	people, store := make([]*Person, len(s.People)), make([]Person, len(s.People))
	login := slices.ContainsFunc(s.People, func(p source.Person) bool { return strings.Contains(p.ID, "@") })
	j.inSource = make(map[string]*Person, len(s.People))
	var shared map[string]bool
	if !s.StableIDs {
		shared = sharedAddresses(s, now)
	}
	for _, disabled := range []bool{false, true} { // enabled people come first, whatever the order of reading
		for i := range s.People {
			by := personAt(&s.People[i], now)
			if (by.Disabled != "") == disabled {
				store[i] = Person{Person: by, From: s, loginIDs: login, Ended: by != &s.People[i]}
				people[i] = j.mergePerson(&store[i], shared)
			}
		}
	}
	if !s.UniqueIDs {
		refuseRepeatedIDs(store, people)
	}
	for i, why := range s.Unclear {
		people[i].EnsureExceptions().Unclear = why
	}
	return people
}

// refuseRepeatedIDs finds enabled entries of one source that have the same id: nobody can
// tell which of them the id means (S02), not even if a source above has a person with it.
func refuseRepeatedIDs(entries []Person, people []*Person) {
	byID := make(map[string]int, len(entries))
	for i := range entries {
		p := &entries[i]
		if p.ID == "" || p.Disabled != "" {
			continue
		}
		first, repeated := byID[p.ID]
		if !repeated {
			byID[p.ID] = i
			continue
		}
		other := &entries[first]
		people[first].Problem, people[i].Problem = repeatedID(other, p), repeatedID(p, other)
	}
}

func repeatedID(p, other *Person) *Problem {
	return &Problem{Rule: "S02", Hold: true, Text: fmt.Sprintf("%s (%s) has the same id, %s, as %s; give each entry its own id, or use another id attribute",
		p.Label(), p.Origin, p.ID, other.Origin)}
}

// mergePerson returns the person that an entry belongs to: one of a source
// above, or the entry itself.
func (j *merger) mergePerson(p *Person, shared map[string]bool) *Person {
	if first := j.withSameID(p); first != nil {
		return j.unite(first, p, true)
	}
	if first := j.withSameAddress(p, shared); first != nil {
		return j.unite(first, p, false)
	}
	j.noteAddress(p)
	return p
}

// withSameID finds the person of a source above that has the same id; nil if
// there is none, or one of the two is disabled.
func (j *merger) withSameID(p *Person) *Person {
	id := sharedID(j.Same, p)
	if id == (plan.DirectoryID{}) {
		return nil
	}
	first := j.byID[id]
	switch {
	case first == nil:
		j.byID[id] = p
	case first.From.Source == p.From.Source: // see refuseRepeatedIDs
	case first.Disabled == "" && p.Disabled == "":
		return first
	case first.Disabled != p.Disabled:
		j.countDisagreement(first, p, accountState)
		if p.Disabled == "" {
			j.byID[id] = p
		}
	}
	return nil
}

// withSameAddress finds the person of a source above that has the same address,
// if neither source has an id for them.
func (j *merger) withSameAddress(p *Person, shared map[string]bool) *Person {
	if p.ID != "" || p.Email == "" {
		return nil
	}
	first, ok := j.byAddress[p.Email]
	switch {
	case !ok, first.Disabled != "" && p.Disabled == "":
		j.byAddress[p.Email] = p
	case first.Disabled != p.Disabled, first.From.Source == p.From.Source:
	case j.SameAddress[first] == nil && !shared[p.Email] && p.Disabled == "":
		return first
	}
	return nil
}

// noteAddress finds people of one source who have the same address (S06). Of two
// entries with one address, the enabled one counts.
func (j *merger) noteAddress(p *Person) {
	first, ok := j.inSource[p.Email]
	switch {
	case p.Email == "":
	case !ok, first.Disabled != "" && p.Disabled == "":
		j.inSource[p.Email] = p
	case first == p, first.Disabled == "" && p.Disabled != "":
	case p.Disabled == "":
		j.markSameAddress(first, p)
	case ComparePeople(p, first) < 0:
		j.inSource[p.Email] = p
	}
}

// unite makes one person of two. The lower entry may bring an address that
// another person has already; then nobody can tell whose it is (S06). byID says
// that the two have the same id; an address alone proves less.
func (j *merger) unite(first, p *Person, byID bool) *Person {
	known := first.EnsureExceptions()
	known.Aliases = append(known.Aliases, p.DirectoryID())
	if address := p.AddressID(); address != (plan.DirectoryID{}) {
		known.Aliases = append(known.Aliases, address)
	}
	for _, what := range first.fillFrom(p, byID) {
		j.countDisagreement(first, p, what)
	}
	if first.Email == p.Email && first.Disabled == "" {
		j.noteAddress(first)
	}
	return first
}

// fillFrom takes from a lower source what the higher source does not say. It
// returns the attributes in which the two differ. Addresses and external_id,
// which Clerk's user is found by, are taken only between entries with the same
// id: people who may write their own address could add one to somebody else
// (S01).
func (p *Person) fillFrom(lower *Person, byID bool) (differ []string) {
	a, b := p.Person, lower.Person
	var merged source.Person
	take := func() *source.Person {
		if p.Person == a {
			merged = *a
			p.Person = &merged
		}
		return p.Person
	}
	text := func(of func(*source.Person) *string, what string) {
		switch high, low := *of(a), *of(b); {
		case low == "" || high == low:
		case high == "" && (byID || what == ""):
			*of(take()) = low
		case high == "":
		case what != "":
			differ = append(differ, what)
		}
	}
	text(func(x *source.Person) *string { return &x.Email }, "address")
	text(func(x *source.Person) *string { return &x.ExternalID }, "external_id")
	text(func(x *source.Person) *string { return &x.FirstName }, "")
	text(func(x *source.Person) *string { return &x.LastName }, "")
	if byID && len(a.OtherEmails) == 0 && len(b.OtherEmails) > 0 {
		take().OtherEmails = b.OtherEmails
	}
	for _, x := range b.Attributes {
		switch have := p.Attributes.Get(x.Name); {
		case len(x.Values) == 0 || slices.Equal(have, x.Values):
		case len(have) == 0:
			take().Attributes = p.Attributes.With(x)
		default:
			differ = append(differ, x.Name)
		}
	}
	return differ
}

// SharedAddress is a group of people with one address. It keeps the first two,
// which name each other, and counts all.
type SharedAddress struct {
	first, second *Person
	n             int
}

// markSameAddress notes that two people have the same address.
func (d *Directory) markSameAddress(first, p *Person) {
	t := d.SameAddress[first]
	if t == nil {
		t = &SharedAddress{first: first, n: 1}
		d.SameAddress[first] = t
	}
	d.SameAddress[p] = t
	t.n++
	switch {
	case ComparePeople(p, t.first) < 0:
		t.first, t.second = p, t.first
	case t.second == nil || ComparePeople(p, t.second) < 0:
		t.second = p
	}
}

// Other is another person with the person's address.
func (t *SharedAddress) Other(p *Person) *Person {
	if p == t.first {
		return t.second
	}
	return t.first
}

// Size is how many people have the address.
func (t *SharedAddress) Size() int { return t.n }

// sharedAddresses are the addresses that several enabled people of a source
// have.
func sharedAddresses(s *source.Snapshot, now time.Time) map[string]bool {
	seen, shared := make(map[string]struct{}, len(s.People)), map[string]bool{}
	for i := range s.People {
		p := &s.People[i]
		if p.Gone(now) != "" || p.Email == "" {
			continue
		}
		if _, again := seen[p.Email]; again {
			shared[p.Email] = true
		}
		seen[p.Email] = struct{}{}
	}
	return shared
}

// disagreement is an attribute in which two sources differ about the same
// people.
type disagreement struct {
	attribute, higher, lower string
	count                    int
	first                    string // the origin of one example in the lower source
}

// accountState is the attribute of people whom one source has enabled and the
// other has disabled.
const accountState = ""

// countDisagreement counts a person about whom two sources differ.
func (j *merger) countDisagreement(first, p *Person, attribute string) {
	i := slices.IndexFunc(j.differ, func(d *disagreement) bool {
		return d.attribute == attribute && d.higher == first.From.Source && d.lower == p.From.Source
	})
	if i < 0 {
		i = len(j.differ)
		j.differ = append(j.differ, &disagreement{attribute: attribute, higher: first.From.Source, lower: p.From.Source})
	}
	d := j.differ[i]
	if at := p.Origin.String(); d.count == 0 || at < d.first {
		d.first = at
	}
	d.count++
}

// disagreementNotes makes one note of each disagreement. The value of the higher
// source counts.
func (j *merger) disagreementNotes() []plan.Note {
	slices.SortFunc(j.differ, func(a, b *disagreement) int {
		return cmp.Or(strings.Compare(a.higher, b.higher), strings.Compare(a.lower, b.lower), strings.Compare(a.attribute, b.attribute))
	})
	var notes []plan.Note
	for _, d := range j.differ {
		notes = append(notes, plan.Note{Text: fmt.Sprintf("sources %s and %s %s; example: %s", d.higher, d.lower, d.text(), d.first)})
	}
	return notes
}

// text says in what the sources differ, and which of them is used.
func (d *disagreement) text() string {
	if d.attribute == accountState {
		return fmt.Sprintf("disagree for %s on whether the account is enabled; these people get access only through the source that has them enabled", plan.People(d.count))
	}
	return fmt.Sprintf("have different values of %s for %s; the value of %s is used, because that source is higher in the list", d.attribute, plan.People(d.count), d.higher)
}
