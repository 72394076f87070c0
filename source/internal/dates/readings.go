package dates

import (
	"errors"
	"math/bits"
	"slices"
	"time"
)

// Reading is one way to read all of some dates.
type Reading struct {
	// Formats are what date_format would have; nil where it is not needed.
	Formats []string
	// Example is one of the dates, At what it is: the first one that another reading
	// reads differently, if there is another reading.
	Example string
	At      time.Time
}

// mostFormats is how many formats one file is thought to have.
const mostFormats = 3

// Readings are the ways to read all of the dates, with as few formats as can be. If
// there are several, the dates do not say which is meant, as with 03/04/2026. If there is
// none, unread are the dates in no form that people write; without one of those, dates of
// different forms contradict one another.
func Readings(texts []string) (readings []Reading, unread []int) {
	iso := NewReader("UTC")
	if !slices.ContainsFunc(texts, func(s string) bool { _, err := iso.Read(s); return errors.Is(err, errNoDate) }) {
		return []Reading{{}}, nil
	}
	// An American may write 04-03-2026; in a message, that form would only confuse.
	all := append(slices.Clone(forms), "%-m-%-d-%Y")
	read := make([][]time.Time, len(texts)) // by form; zero where it does not fit
	for i, s := range texts {
		read[i] = make([]time.Time, len(all))
		fits := false
		for f, form := range all {
			if at, ok := parseForm(form, s); ok {
				read[i][f], fits = at, true
			}
		}
		if !fits {
			unread = append(unread, i)
		}
	}
	if len(unread) > 0 {
		return nil, unread
	}
	return explained(fewest(read, len(all)), all, texts, read), nil
}

// fewest are the smallest sets of forms that read every date, and none in two ways. A set
// is a number with a bit for each form.
func fewest(read [][]time.Time, forms int) []uint {
	var sets []uint
	for size := 1; size <= mostFormats && sets == nil; size++ {
		for set := range uint(1) << forms {
			if bits.OnesCount(set) == size && !slices.ContainsFunc(read, func(by []time.Time) bool { return readBy(set, by).IsZero() }) {
				sets = append(sets, set)
			}
		}
	}
	return sets
}

// readBy is the date as the forms of the set read it; zero if none does, or two differ.
func readBy(set uint, by []time.Time) time.Time {
	var at time.Time
	for f, one := range by {
		switch {
		case set&(1<<f) == 0 || one.IsZero():
		case at.IsZero():
			at = one
		case !at.Equal(one):
			return time.Time{}
		}
	}
	return at
}

// explained makes a reading of each set, with the first date that tells it from another.
func explained(sets []uint, forms, texts []string, read [][]time.Time) []Reading {
	readings := make([]Reading, len(sets))
	for n, set := range sets {
		r := &readings[n]
		for f, form := range forms {
			if set&(1<<f) != 0 {
				r.Formats = append(r.Formats, form)
			}
		}
		i := slices.IndexFunc(read, func(by []time.Time) bool {
			return slices.ContainsFunc(sets, func(other uint) bool { return !readBy(other, by).Equal(readBy(set, by)) })
		})
		i = max(i, 0)
		r.Example, r.At = texts[i], readBy(set, read[i])
	}
	return readings
}
