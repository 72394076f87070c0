package csvfile

import (
	"strings"

	"rollcall/source"
	"rollcall/source/internal/dates"
)

// periodCache keeps one copy of each period: a million people begin on a few
// thousand days, which are read once.
type periodCache struct {
	dates     dates.Reader
	endColumn string
	known     map[[2]string]*source.Period
}

// period reads when a row holds; nil is always. A date that cannot be read is
// damage: the date that was meant is unknown (S10).
func (t *textReader) period(record []string) *source.Period {
	l := &t.layout
	key := [2]string{cell(record, l.start), cell(record, l.end)}
	if key == [2]string{} {
		return nil
	}
	if known, ok := t.table.terms.known[key]; ok {
		return known
	}
	term := &source.Period{EndedBy: t.table.terms.endColumn}
	term.Start = t.moment(key[0], l.start).At
	end := t.moment(key[1], l.end)
	if end.Epoch() {
		t.problem(l.end, dates.ErrEpoch.Error())
		return nil
	}
	term.End = end.End()
	switch {
	case term.End.IsZero():
		term.EndedBy = ""
	case !term.Start.Before(term.End):
		t.problem(l.end, dates.ErrBackwards.Error())
		return nil
	}
	if term.Start.IsZero() && term.End.IsZero() {
		return nil
	}
	t.table.terms.keep(key, term)
	return term
}

func (b *periodCache) keep(key [2]string, term *source.Period) {
	if b.known == nil {
		b.known = map[[2]string]*source.Period{}
	}
	if len(b.known) < maxInterned {
		b.known[[2]string{strings.Clone(key[0]), strings.Clone(key[1])}] = term
	}
}

// moment reads a date of the row; what it cannot read it reports.
func (t *textReader) moment(s string, column int) dates.Moment {
	if s == "" {
		return dates.Moment{}
	}
	m, err := t.table.terms.dates.Read(s)
	if err != nil {
		t.problem(column, err.Error())
	}
	return m
}

// DateReading is one way to read all of some dates.
type DateReading = dates.Reading

// DateReadings are the ways to read all of the dates, with as few formats as can be, and
// the dates in no form that people write.
func DateReadings(texts []string) (readings []DateReading, unread []int) {
	return dates.Readings(texts)
}

// dropRepeatedPeriods leaves to the period of the person what it says already.
func (r *table) dropRepeatedPeriods() {
	for i := range r.memberships {
		if row := &r.memberships[i]; source.SamePeriod(row.Period, r.people.list[row.Person].Period) {
			row.Period = nil
		}
	}
}
