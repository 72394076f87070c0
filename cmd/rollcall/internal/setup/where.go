package setup

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"rollcall/source"
	"rollcall/source/csvfile"
)

// statusNames are headings of columns that say whether somebody still works here, and
// presentValues what they say of those who do: letters and digits only.
var (
	statusNames = []string{"status", "state", "employmentstatus", "employeestatus", "workerstatus", "accountstatus", "active", "isactive", "enabled",
		"aktiv", "mitarbeiterstatus", "beschäftigungsstatus", "statut", "estado"}
	presentValues = []string{"active", "employed", "enabled", "current", "aktiv", "beschäftigt", "actif", "activo", "yes", "ja", "true", "y", "1"}
)

// mostValues is how many values a column has that says who counts.
const mostValues = 8

// ParseWhere reads HEADING=VALUE. A lone - chooses all rows.
func ParseWhere(texts []string) (map[string][]string, error) {
	if texts == nil {
		return nil, nil
	}
	where := map[string][]string{}
	for _, text := range texts {
		if text == noAnswer {
			continue
		}
		heading, value, ok := strings.Cut(text, "=")
		if !ok || heading == "" {
			return nil, fmt.Errorf("%q is not in the form HEADING=VALUE", text)
		}
		where[heading] = append(where[heading], value)
	}
	return where, nil
}

// askWhere asks which rows count, if a column seems to say it. Without somebody to answer,
// a column that seems to name leavers is not passed over: they would get access.
func (s fileQuestions) askWhere(ctx context.Context, t *table) error {
	c := &s.answers.CSV
	candidates := t.fewValued(c)
	if c.Where == nil && len(candidates) == 0 {
		return nil
	}
	heading, present := t.status(candidates)
	if c.Where == nil && !s.Interactive {
		if len(present) == 0 {
			return nil
		}
		return fmt.Errorf("the column %s of %s seems to say who counts (%s): choose rows with --where %q, or all of them with --where -",
			heading, c.Path, strings.Join(t.counted(heading), ", "), heading+"="+present[0])
	}
	err := s.askUntil(ctx, func(first bool) error {
		if c.Where == nil || !first {
			if err := s.askCondition(ctx, t, heading); err != nil {
				return err
			}
		}
		return c.checkWhere(t)
	})
	if err == nil {
		s.noteEmpty(t)
	}
	return err
}

// noteEmpty says which rows neither count nor are left out (S10).
func (s fileQuestions) noteEmpty(t *table) {
	where := s.answers.CSV.Where
	for _, heading := range slices.Sorted(maps.Keys(where)) {
		if n := t.counts(heading)[""]; n > 0 && !slices.Contains(where[heading], "") {
			s.print("note: %s is empty in %s, so nobody knows whether they count: their people get nothing, and lose nothing. If an empty cell means no, write where_empty: ignore below where", heading, rowsOf(n))
		}
	}
}

// askCondition asks for a column, and for its values.
func (s fileQuestions) askCondition(ctx context.Context, t *table, proposal string) error {
	c := &s.answers.CSV
	c.Where = map[string][]string{}
	heading, err := s.ask(ctx, "Do only some rows count? Which column says so, such as a status? (-: all rows count)", cmp.Or(proposal, noAnswer))
	if heading = choice(heading, t.headings); err != nil || heading == noAnswer {
		return err
	}
	if !slices.Contains(t.headings, heading) {
		return fmt.Errorf("%s has no column %q%s", c.Path, heading, source.DidYouMean(heading, t.headings))
	}
	values := t.values(heading)
	s.print("The values of %s are:", heading)
	s.printList(t.counted(heading))
	answer, err := s.ask(ctx, "Which of them count? Numbers or values, separated by commas", strings.Join(presentOf(values), ", "))
	if err != nil {
		return err
	}
	for part := range strings.SplitSeq(answer, ",") {
		if value := choice(strings.TrimSpace(part), values); value != "" || strings.TrimSpace(part) != "" {
			c.Where[heading] = append(c.Where[heading], value)
		}
	}
	if len(c.Where[heading]) == 0 {
		return errors.New("name at least one value, or - as the column if all rows count")
	}
	return nil
}

// checkWhere refuses a column or a value that the file does not have. Values that differ
// only in letter case count together or not at all.
func (c *CSV) checkWhere(t *table) error {
	for _, heading := range slices.Sorted(maps.Keys(c.Where)) {
		if !slices.Contains(t.headings, heading) {
			return fmt.Errorf("%s has no column %q%s", c.Path, heading, source.DidYouMean(heading, t.headings))
		}
		values := t.values(heading)
		for _, listed := range c.Where[heading] {
			if !slices.Contains(values, listed) {
				return fmt.Errorf("no row of %s has %s %q%s", c.Path, heading, listed, source.DidYouMean(listed, values))
			}
			for _, value := range values {
				if !slices.Contains(c.Where[heading], value) && csvfile.FoldValue(value) == csvfile.FoldValue(listed) {
					return fmt.Errorf("%q and %q of %s differ only in letter case: name both of them, or neither", value, listed, heading)
				}
			}
		}
	}
	return nil
}

// includes reports whether a row counts.
func (c *CSV) includes(t *table, row int) bool {
	for heading, values := range c.Where {
		if at := slices.Index(t.headings, heading); at < 0 || at >= len(t.rows[row]) || !slices.Contains(values, t.rows[row][at]) {
			return false
		}
	}
	return true
}

// fewValued are the columns without another meaning that have few values, each in two
// rows on average.
func (t *table) fewValued(c *CSV) (headings []string) {
	for _, heading := range t.headings {
		n := len(t.values(heading))
		if heading != "" && !c.uses(heading) && n > 1 && n <= mostValues && 2*n <= len(t.rows) && !t.hasDates(heading) {
			headings = append(headings, heading)
		}
	}
	return headings
}

// status is the column that by its name says who counts, and those of its values that
// likely do; empty if there is none.
func (t *table) status(candidates []string) (heading string, present []string) {
	for _, name := range statusNames {
		for _, h := range candidates {
			if source.Letters(h) == name {
				return h, presentOf(t.values(h))
			}
		}
	}
	return "", nil
}

func presentOf(values []string) []string {
	return slices.DeleteFunc(slices.Clone(values), func(v string) bool { return !slices.Contains(presentValues, source.Letters(v)) })
}

// values are the values of a column, the most frequent first.
func (t *table) values(heading string) []string {
	counts := t.counts(heading)
	return slices.SortedFunc(maps.Keys(counts), func(a, b string) int { return cmp.Or(cmp.Compare(counts[b], counts[a]), strings.Compare(a, b)) })
}

func (t *table) counts(heading string) map[string]int {
	counts := map[string]int{}
	for _, cell := range t.column(heading) {
		counts[cell]++
	}
	return counts
}

// counted are the values of a column, with how many rows have each.
func (t *table) counted(heading string) (lines []string) {
	counts := t.counts(heading)
	for _, value := range t.values(heading) {
		lines = append(lines, cmp.Or(value, "(empty)")+": "+rowsOf(counts[value]))
	}
	return lines
}
