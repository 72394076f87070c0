package setup

import (
	"bufio"
	"cmp"
	"context"
	"encoding/csv"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strings"

	"rollcall/cmd/rollcall/internal/report/facts"
	"rollcall/cmd/rollcall/internal/sources"
	"rollcall/source"
	"rollcall/source/csvfile"
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
}

// LDAP is a directory.
type LDAP struct{ URL, TLS, BindDN, PasswordFile, BaseDN string }

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
				key, nearestName(key, known), strings.Join(known, ", "))
		}
	}
	return nil
}

// noColumn answers that there is no such column.
const noColumn = "-"

// askSource asks where people come from, and reads it.
func (s *setup) askSource(ctx context.Context) error {
	for s.answers.Kind != "csv" && s.answers.Kind != "ldap" {
		kind, err := s.ask(ctx, "Do people come from a csv file or from ldap?", "csv")
		if err != nil {
			return err
		}
		s.answers.Kind = strings.ToLower(kind)
	}
	return s.askUntil(ctx, func(first bool) error {
		if !first {
			s.answers.CSV, s.answers.LDAP = CSV{}, LDAP{}
		}
		questions := s.askCSV
		if s.answers.Kind == "ldap" {
			questions = s.askLDAP
		}
		if err := questions(ctx); err != nil {
			return err
		}
		return s.trySource(ctx)
	})
}

func (s *setup) askLDAP(ctx context.Context) (err error) {
	l := &s.answers.LDAP
	for _, q := range []struct {
		into     *string
		question string
	}{
		{&l.URL, "The server, such as ldaps://dc1.corp.example"},
		{&l.BindDN, "The DN to log in as (for Active Directory also user@domain)"},
		{&l.PasswordFile, "The file with its password"},
		{&l.BaseDN, "The base DN of people and groups"},
	} {
		if *q.into == "" {
			if *q.into, err = s.ask(ctx, q.question, ""); err != nil {
				return err
			}
		}
	}
	return nil
}

func (s *setup) askCSV(ctx context.Context) (err error) {
	c := &s.answers.CSV
	if c.Path == "" {
		if c.Path, err = s.ask(ctx, "The file", "people.csv"); err != nil {
			return err
		}
	}
	if err := s.askEncoding(ctx); err != nil {
		return err
	}
	headings, err := c.lookAtFile()
	if err != nil {
		return err
	}
	s.print("The columns are: %s", strings.Join(headings, ", "))
	columns := map[string]string{}
	for _, guess := range columnGuesses {
		heading, given := c.Columns[guess.key]
		if !given {
			if columns["groups"] != "" && guess.key != "id" {
				break // the form with groups has neither organization nor role
			}
			standard := guessColumn(headings, guess.names)
			if heading, err = s.ask(ctx, guess.question, cmp.Or(standard, noColumn)); err != nil {
				return err
			}
		}
		if heading != noColumn && heading != "" {
			columns[guess.key] = heading
		}
	}
	c.Columns = columns
	return nil
}

func guessColumn(headings, names []string) string {
	for _, name := range names {
		if i := slices.IndexFunc(headings, func(h string) bool { return strings.ToLower(h) == name }); i >= 0 {
			return headings[i]
		}
	}
	return ""
}

// lookAtFile reads the headings and finds out what stands between cells: whatever
// splits the first line into the most.
func (c *CSV) lookAtFile() ([]string, error) {
	file, err := os.Open(c.Path)
	if err != nil {
		return nil, fmt.Errorf("open the file: %w", err)
	}
	defer func() { _ = file.Close() }() // nothing was written
	const enough = 64 << 10
	decoded, problem, err := csvfile.Decode(io.LimitReader(file, enough), c.Encoding)
	if err != nil {
		return nil, fmt.Errorf("read the headings of %s: %w", c.Path, err)
	}
	if problem != "" {
		return nil, fmt.Errorf("read the headings of %s: %s", c.Path, problem)
	}
	text, err := bufio.NewReader(decoded).ReadString('\n')
	if err != nil && text == "" {
		return nil, fmt.Errorf("read the headings of %s: %w", c.Path, err)
	}
	text = strings.TrimPrefix(text, "\ufeff")
	var best []string
	for _, delimiter := range []string{",", ";", "\t", "|"} {
		r := csv.NewReader(strings.NewReader(text))
		r.Comma = rune(delimiter[0])
		if headings, err := r.Read(); err == nil && len(headings) > len(best) {
			best, c.Delimiter = headings, delimiter
		}
	}
	return best, nil
}

// trySource reads all of the source, as a run does.
func (s *setup) trySource(ctx context.Context) error {
	config := s.answers.source()
	one, err := sources.Open(config, file.Options{Settle: func(text string) { s.print("%s", text) }})
	if err != nil {
		return err
	}
	if s.found, err = one.Read(ctx, source.Request{}); err != nil {
		return err
	}
	s.print("ok: the source has %s", facts.SourceSize(&plan.SourceSummary{People: len(s.found.People), Groups: len(s.found.Groups), Rows: len(s.found.Rows)}))
	s.answers.CSV.split(s.found.Groups)
	if s.answers.CSV.Separator != "" {
		if one, err = sources.Open(s.answers.source(), file.Options{}); err != nil {
			return err
		}
		if s.found, err = one.Read(ctx, source.Request{}); err != nil {
			return err
		}
	}
	s.suggestCanaries()
	return nil
}

// split notices that cells hold several groups.
func (c *CSV) split(groups []source.Group) {
	for _, separator := range []string{";", "|", ","} {
		if separator != c.Delimiter && c.Separator == "" && slices.ContainsFunc(groups, func(g source.Group) bool { return strings.Contains(g.Name, separator) }) && c.Columns["groups"] != "" {
			c.Separator = separator
		}
	}
}

// source is the source that the answers describe.
func (a *Answers) source() sources.Config {
	if a.Kind == "ldap" {
		return sources.Config{Name: "directory", LDAP: &ldap.Config{URLs: []string{a.LDAP.URL}, TLS: a.LDAP.TLS, BindDN: a.LDAP.BindDN,
			BindPasswordFile: a.LDAP.PasswordFile, BaseDN: a.LDAP.BaseDN}}
	}
	columns := a.CSV.Columns
	return sources.Config{Name: "people", CSV: &csvfile.Config{Path: a.CSV.Path, Delimiter: a.CSV.Delimiter, Encoding: a.CSV.Encoding, Columns: csvfile.Columns{
		Email: columns["email"], ID: columns["id"], Groups: csvfile.Cells{Column: columns["groups"], Separator: a.CSV.Separator},
		Organization: columns["organization"], Role: columns["role"]}}}
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
