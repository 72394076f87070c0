package setup

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"rollcall/cmd/rollcall/internal/escape"
	"rollcall/cmd/rollcall/internal/report/facts"
	"rollcall/cmd/rollcall/internal/terminal"
	"rollcall/source"
	"rollcall/source/csvfile"
)

// columnGuesses are headings that are often meant, by key: letters and digits only, the
// more likely ones first.
var columnGuesses = []struct {
	key, question string
	names         []string
}{
	{"email", "Which column has the email address?", []string{"email", "mail", "workemail", "emailaddress", "emailwork", "businessemail", "emailadresse", "mailadresse", "emailgeschäftlich", "adressemail", "correo"}},
	{"id", "Which column has a permanent id, such as an employee number? (-: none)", []string{"id", "employeeno", "employeeid", "employeenumber", "personnelno", "uid", "personalnr", "personalnummer", "persnr", "mitarbeiternr", "mitarbeiternummer", "matricule"}},
	{"groups", "Which column has the groups, such as a team or a department? (-: none)", []string{"groups", "teams", "group", "team", "department", "gruppen", "gruppe", "abteilung", "service"}},
	{"organization", "Which column has the organization? (-: none)", []string{"organization", "org"}},
	{"role", "Which column has the role? (-: none)", []string{"role"}},
	{"start", "Which column has the first day, before which nobody is added? (-: none)", []string{"start", "startdate", "hiredate", "startingdate", "firstday", "validfrom", "eintritt", "eintrittsdatum", "eintrittam"}},
	{"end", "Which column has the last day, after which nobody stays? (-: none)", []string{"end", "enddate", "terminationdate", "leavingdate", "lastday", "validto", "validuntil", "austritt", "austrittsdatum", "austrittam"}},
}

// CheckColumns refuses keys that init does not write: a column that is dropped
// without a word, such as other_emails, would be missed much later.
func CheckColumns(columns map[string]string) error {
	known := make([]string, len(columnGuesses))
	for i, g := range columnGuesses {
		known[i] = g.key
	}
	for _, key := range slices.Sorted(maps.Keys(columns)) {
		if !slices.Contains(known, key) {
			return fmt.Errorf("init does not know the column %q%s; it knows %s; add others to the file afterwards, see config.example.yaml",
				key, source.DidYouMean(key, known), strings.Join(known, ", "))
		}
	}
	return nil
}

// noAnswer says that there is nothing such: no column, or no value.
const noAnswer = "-"

// printColumns lists the columns. Somebody who is asked sees what is in them.
func (s fileQuestions) printColumns(t *table) {
	if !s.Interactive {
		s.print("The columns are: %s", strings.Join(t.headings, ", "))
		return
	}
	s.print("The columns are, with the first values of each:")
	var rows [][]string
	for i, heading := range t.headings[:min(listed, len(t.headings))] {
		rows = append(rows, []string{fmt.Sprintf("  %2d. %s", i+1, escape.Text(heading)), escape.Text(t.examples(heading))})
	}
	for _, line := range terminal.Table(rows) {
		s.printEscaped(line)
	}
	if len(t.headings) > listed {
		s.print("      and, by their names: %s", strings.Join(t.headings[listed:], ", "))
	}
}

// askColumns asks for the columns that no flag names, until they say who gets what.
func (s fileQuestions) askColumns(ctx context.Context, t *table) error {
	c := &s.answers.CSV
	if c.Columns == nil {
		c.Columns = map[string]string{}
	}
	return s.askUntil(ctx, func(bool) error {
		if err := s.askEachColumn(ctx, t); err != nil {
			return err
		}
		return c.checkForm()
	})
}

func (s fileQuestions) askEachColumn(ctx context.Context, t *table) error {
	c := &s.answers.CSV
	for _, guess := range columnGuesses {
		if _, given := c.Columns[guess.key]; !given && !c.wants(guess.key, guess.names, t) {
			continue
		}
		err := s.askUntil(ctx, func(first bool) error {
			if _, given := c.Columns[guess.key]; !given || !first {
				answer, err := s.ask(ctx, guess.question, cmp.Or(t.guess(guess.key, guess.names), noAnswer))
				if err != nil {
					return err
				}
				c.Columns[guess.key] = choice(answer, t.headings)
			}
			return c.checkColumn(guess.key, t.headings)
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// wants reports whether a column is worth a question. The form with groups has neither
// organization nor role, and what is no date is neither start nor end.
func (c *CSV) wants(key string, names []string, t *table) bool {
	switch key {
	case "organization", "role":
		return c.column("groups") == ""
	case "start", "end":
		return t.guess(key, names) != "" || slices.ContainsFunc(t.headings, func(h string) bool { return !c.uses(h) && t.hasDates(h) })
	}
	return true
}

// uses reports whether a column has a meaning already.
func (c *CSV) uses(heading string) bool {
	return slices.Contains(slices.Collect(maps.Values(c.Columns)), heading)
}

// guess is the heading that a key likely means; empty if there is none. A column of
// addresses is one by what is in it too. One that is called like a date may have dates
// beside other words, or none yet.
func (t *table) guess(key string, names []string) string {
	heading := guessColumn(t.headings, names)
	switch {
	case (key == "start" || key == "end") && !t.mayHaveDates(heading):
		return ""
	case heading == "" && key == "email":
		return t.onlyAddresses()
	}
	return heading
}

// onlyAddresses is the one column in which most cells are addresses; empty if there are
// none or several.
func (t *table) onlyAddresses() (found string) {
	for _, heading := range t.headings {
		if !t.mostly(heading, isAddress) {
			continue
		}
		if found != "" {
			return ""
		}
		found = heading
	}
	return found
}

// hasDates reports whether most cells of a column that are not empty are dates.
func (t *table) hasDates(heading string) bool { return t.mostly(heading, isDate) }

// mayHaveDates reports whether a column has a date, or nothing at all.
func (t *table) mayHaveDates(heading string) bool {
	cells := slices.Compact(slices.Sorted(slices.Values(t.column(heading))))
	return slices.ContainsFunc(cells, isDate) || len(cells) == 1 && cells[0] == ""
}

func isDate(cell string) bool {
	readings, _ := csvfile.DateReadings([]string{cell})
	return len(readings) > 0
}

// mostly reports whether something is true of most cells that are not empty, as far as
// the first ones tell.
func (t *table) mostly(heading string, is func(cell string) bool) bool {
	const enough = 200
	yes, no := 0, 0
	for _, cell := range t.column(heading) {
		switch {
		case cell == "":
		case is(cell):
			yes++
		default:
			no++
		}
		if yes+no == enough {
			break
		}
	}
	return yes > no
}

// checkColumn refuses a heading that the file does not have, or that means something else
// already.
func (c *CSV) checkColumn(key string, headings []string) error {
	switch heading := c.column(key); {
	case heading == "" && key == "email":
		return fmt.Errorf("%s needs a column with the email address: name it, on the command line with --column email=HEADING", c.Path)
	case heading != "" && !slices.Contains(headings, heading):
		return fmt.Errorf("%s has no column %q%s", c.Path, heading, source.DidYouMean(heading, headings))
	}
	for _, other := range slices.Sorted(maps.Keys(c.Columns)) {
		if heading := c.column(key); other != key && heading != "" && c.column(other) == heading {
			return fmt.Errorf("the column %s cannot be both %s and %s", heading, other, key)
		}
	}
	return nil
}

// checkForm refuses columns that do not say who gets what, and forgets them.
func (c *CSV) checkForm() error {
	if c.column("groups") != "" || c.column("organization") != "" && c.column("role") != "" {
		return nil
	}
	for _, key := range []string{"groups", "organization", "role"} {
		delete(c.Columns, key)
	}
	return fmt.Errorf("%s needs a column with groups, which rules turn into access, or a column with organizations and one with roles: name it, on the command line with --column groups=HEADING", c.Path)
}

// column is the heading that a key of the configuration names; empty for none.
func (c *CSV) column(key string) string {
	if c.Columns[key] == noAnswer {
		return ""
	}
	return c.Columns[key]
}

func guessColumn(headings, names []string) string {
	for _, name := range names {
		if i := slices.IndexFunc(headings, func(h string) bool { return source.Letters(h) == name }); i >= 0 {
			return strings.TrimSpace(headings[i])
		}
	}
	return ""
}

// rowsOf counts rows.
func rowsOf(n int) string { return facts.Count(n, "row") }
