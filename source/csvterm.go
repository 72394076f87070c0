package source

import "strings"

// termBook keeps one copy of each term: a million people begin on a few
// thousand days, which are read once.
type termBook struct {
	dates     dates
	endColumn string
	known     map[[2]string]*Term
}

// term reads when a row holds; nil is always. A date that cannot be read is
// damage: nobody knows what it would have said (S10).
func (t *csvText) term(record []string) *Term {
	l := &t.layout
	key := [2]string{cell(record, l.start), cell(record, l.end)}
	if key == [2]string{} {
		return nil
	}
	if known, ok := t.terms.known[key]; ok {
		return known
	}
	term := &Term{EndedBy: t.terms.endColumn}
	term.Start = t.moment(key[0], l.start).at
	term.End = t.moment(key[1], l.end).end()
	switch {
	case term.End.IsZero():
		term.EndedBy = ""
	case !term.Start.Before(term.End):
		t.problem(l.end, errBackwards.Error())
		return nil
	}
	if term.Start.IsZero() && term.End.IsZero() {
		return nil
	}
	t.terms.keep(key, term)
	return term
}

func (b *termBook) keep(key [2]string, term *Term) {
	if b.known == nil {
		b.known = map[[2]string]*Term{}
	}
	if len(b.known) < maxInterned {
		b.known[[2]string{strings.Clone(key[0]), strings.Clone(key[1])}] = term
	}
}

// moment reads a date of the row; what it cannot read it reports.
func (t *csvText) moment(s string, column int) moment {
	if s == "" {
		return moment{}
	}
	m, err := t.terms.dates.read(s)
	if err != nil {
		t.problem(column, err.Error())
	}
	return m
}

// plainTerms leaves to the person's term what it says already.
func (r *csvRead) plainTerms() {
	for i := range r.memberships {
		if row := &r.memberships[i]; sameTerm(row.Term, r.people.list[row.Person].Term) {
			row.Term = nil
		}
	}
}
