package setup

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strings"
	"time"

	"rollcall/cmd/rollcall/internal/report/facts"
	"rollcall/cmd/rollcall/internal/sources"
	"rollcall/source"
	"rollcall/source/csvfile"
	"rollcall/source/csvfile/encodings"
	"rollcall/source/file"
	"rollcall/source/ldap"
	"rollcall/sync/plan"
)

// CSV is a file, and which of its headings mean what.
type CSV struct {
	Path, Delimiter string
	// Encoding is empty for UTF-8.
	Encoding string
	// Columns are by the key of the configuration.
	Columns map[string]string
	// Separator splits the groups of a cell.
	Separator string

	earlier string // a path that was in doubt
}

// columnGuesses are headings that are often meant, by key.
var columnGuesses = []struct {
	key, question string
	names         []string
}{
	{"email", "Which column has the email address?", []string{"email", "e-mail", "mail", "work_email", "email_address"}},
	{"id", "Which column has a permanent id, such as an employee number? (-: none)", []string{"id", "employee_no", "employee_id", "personnel_no", "uid"}},
	{"groups", "Which column has the groups? (-: none)", []string{"groups", "teams", "group", "team", "department"}},
	{"organization", "Which column has the organization? (-: none)", []string{"organization", "org"}},
	{"role", "Which column has the role? (-: none)", []string{"role"}},
}

// CheckColumns refuses keys that init does not write: a column that is dropped
// without a word, such as start, would let people in too early.
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

// noColumn answers that there is no such column.
const noColumn = "-"

// askSource asks where people come from, and reads it. After an error it asks again
// for the answers that the error is about.
func (s *setup) askSource(ctx context.Context) error {
	for s.answers.Kind != "csv" && s.answers.Kind != "ldap" {
		kind, err := s.ask(ctx, "Do people come from a csv file or from ldap?", "csv")
		if err != nil {
			return err
		}
		s.answers.Kind = strings.ToLower(kind)
	}
	questions, doubt := s.askCSV, s.answers.CSV.doubt
	if s.answers.Kind == "ldap" {
		questions, doubt = s.askLDAP, s.answers.LDAP.doubt
	}
	return s.askUntil(ctx, func(bool) error {
		if err := questions(ctx); err != nil {
			return err
		}
		err := s.trySource(ctx)
		if err != nil {
			doubt(err)
		}
		return err
	})
}

// askCSV asks for the file, its encoding, and what its columns mean.
func (s *setup) askCSV(ctx context.Context) error {
	c := &s.answers.CSV
	var headings []string
	err := s.askUntil(ctx, func(first bool) (err error) {
		if c.Path == "" || !first {
			if c.Path, err = s.ask(ctx, "The file", cmp.Or(c.Path, c.earlier, "people.csv")); err != nil {
				return err
			}
		}
		if err := s.askEncoding(ctx); err != nil {
			return err
		}
		headings, err = c.lookAtFile()
		return err
	})
	if err != nil {
		return err
	}
	s.print("The columns are: %s", strings.Join(headings, ", "))
	return s.askColumns(ctx, headings)
}

// askColumns asks for the columns that no flag names.
func (s *setup) askColumns(ctx context.Context, headings []string) error {
	c := &s.answers.CSV
	if c.Columns == nil {
		c.Columns = map[string]string{}
	}
	for _, guess := range columnGuesses {
		if _, given := c.Columns[guess.key]; !given && c.column("groups") != "" && guess.key != "id" && guess.key != "email" {
			break // the form with groups has neither organization nor role
		}
		err := s.askUntil(ctx, func(first bool) (err error) {
			if _, given := c.Columns[guess.key]; !given || !first {
				if c.Columns[guess.key], err = s.ask(ctx, guess.question, cmp.Or(guessColumn(headings, guess.names), noColumn)); err != nil {
					return err
				}
			}
			return c.checkColumn(guess.key, headings)
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// checkColumn refuses a heading that the file does not have.
func (c *CSV) checkColumn(key string, headings []string) error {
	switch heading := c.column(key); {
	case heading == "" && key == "email":
		return fmt.Errorf("%s needs a column with the email address: name it, on the command line with --column email=HEADING", c.Path)
	case heading != "" && !slices.Contains(headings, heading):
		return fmt.Errorf("%s has no column %q%s", c.Path, heading, source.DidYouMean(heading, headings))
	}
	return nil
}

// column is the heading that a key of the configuration names; empty for none.
func (c *CSV) column(key string) string {
	if c.Columns[key] == noColumn {
		return ""
	}
	return c.Columns[key]
}

// doubt clears what an error is about: some columns, or else the file.
func (c *CSV) doubt(err error) {
	columns := 0
	for _, key := range fieldsOf(err) {
		if column, ok := strings.CutPrefix(key, "csv.columns."); ok {
			delete(c.Columns, column)
			columns++
		}
	}
	if columns == 0 {
		c.earlier, c.Path = c.Path, ""
	}
}

func guessColumn(headings, names []string) string {
	for _, name := range names {
		if i := slices.IndexFunc(headings, func(h string) bool { return strings.ToLower(h) == name }); i >= 0 {
			return headings[i]
		}
	}
	return ""
}

// lookAtFile reads the headings, and finds out what stands between cells.
func (c *CSV) lookAtFile() ([]string, error) {
	file, err := os.Open(c.Path)
	if err != nil {
		return nil, fmt.Errorf("open the file: %w", err)
	}
	defer func() { _ = file.Close() }() // nothing was written
	const enough = 64 << 10
	decoded, problem, err := encodings.Decode(io.LimitReader(file, enough), c.Encoding)
	if err != nil {
		return nil, fmt.Errorf("read the headings of %s: %w", c.Path, err)
	}
	if problem != "" {
		return nil, fmt.Errorf("read the headings of %s: %s", c.Path, problem)
	}
	text, err := io.ReadAll(decoded)
	if err != nil {
		return nil, fmt.Errorf("read the headings of %s: %w", c.Path, err)
	}
	read, err := file.Seek(0, io.SeekCurrent)
	if err != nil {
		return nil, fmt.Errorf("read the headings of %s: %w", c.Path, err)
	}
	var headings []string
	c.Delimiter, headings = guessDelimiter(strings.TrimPrefix(string(text), "\ufeff"), read == enough)
	for i, h := range headings {
		headings[i] = strings.TrimSpace(h)
	}
	if len(headings) == 0 {
		return nil, fmt.Errorf("%s has no row of headings: check the file", c.Path)
	}
	return headings, nil
}

// trySource reads all of the source, as a run does.
func (s *setup) trySource(ctx context.Context) error {
	config := s.answers.source()
	one, err := sources.Open(config, file.Options{Settle: func(name string, wait time.Duration) {
		s.print("waiting %s for %s to settle", wait.Round(100*time.Millisecond), name)
	}})
	if err != nil {
		return err
	}
	if s.found, err = one.Read(ctx, source.Request{}); err != nil {
		return err
	}
	s.answers.CSV.split(s.found.Groups)
	if separator := s.answers.CSV.Separator; separator != "" {
		s.print("note: some cells of the column %s have several groups, separated by %s", s.answers.CSV.column("groups"), separator)
		if one, err = sources.Open(s.answers.source(), file.Options{}); err != nil {
			return err
		}
		if s.found, err = one.Read(ctx, source.Request{}); err != nil {
			return err
		}
	}
	s.print("ok: the source has %s", facts.SourceSize(&plan.SourceSummary{People: len(s.found.People), Groups: len(s.found.Groups), Rows: len(s.found.Rows)}))
	s.suggestCanaries()
	return nil
}

// split notices that cells hold several groups.
func (c *CSV) split(groups []source.Group) {
	if c.Separator == "" && c.column("groups") != "" {
		c.Separator = guessSeparator(groupNames(groups))
	}
}

// source is the source that the answers describe.
func (a *Answers) source() sources.Config {
	if a.Kind == "ldap" {
		return sources.Config{Name: "directory", LDAP: &ldap.Config{URLs: []string{a.LDAP.URL}, TLS: a.LDAP.TLS, BindDN: a.LDAP.BindDN,
			BindPasswordFile: a.LDAP.PasswordFile, BaseDN: a.LDAP.BaseDN}}
	}
	c := &a.CSV
	return sources.Config{Name: "people", CSV: &csvfile.Config{Path: c.Path, Delimiter: c.Delimiter, Encoding: c.Encoding, Columns: csvfile.Columns{
		Email: c.column("email"), ID: c.column("id"), Groups: csvfile.Cells{Column: c.column("groups"), Separator: c.Separator},
		Organization: c.column("organization"), Role: c.column("role")}}}
}

// bySize are the groups, the largest first.
func (s *setup) bySize() []source.Group {
	return slices.SortedStableFunc(slices.Values(s.found.Groups), func(a, b source.Group) int { return cmp.Compare(len(b.Members), len(a.Members)) })
}

// suggestCanaries names the largest group, and somebody in it: who is always
// there, only an admin knows (S13).
func (s *setup) suggestCanaries() {
	s.answers.CanaryGroups, s.answers.CanaryPeople = nil, nil
	for _, g := range s.bySize() {
		if len(g.Members) > 0 {
			s.answers.CanaryGroups = []string{g.Name}
			s.answers.CanaryPeople = []string{s.found.People[g.Members[0].Person].Label()}
			return
		}
	}
}

// commonDomains are the domains of at least a tenth of the people, the most
// frequent first.
func commonDomains(people []source.Person) []string {
	counts := map[string]int{}
	for i := range people {
		if _, domain, ok := strings.Cut(people[i].Email, "@"); ok {
			counts[domain]++
		}
	}
	const share = 10
	maps.DeleteFunc(counts, func(_ string, n int) bool { return n*share < len(people) })
	return slices.SortedFunc(maps.Keys(counts), func(a, b string) int { return cmp.Or(cmp.Compare(counts[b], counts[a]), strings.Compare(a, b)) })
}
