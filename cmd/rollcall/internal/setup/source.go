package setup

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

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
	// HeaderLine is 0 if the first line has the headings.
	HeaderLine int
	// Where chooses rows by their values; nil if nobody has said which, and empty for all.
	Where map[string][]string
	// DateFormats and Timezone are about the columns start and end.
	DateFormats []string
	Timezone    string

	earlier string // a path that was in doubt
	// asked are the answers about the file that no flag has given: another file has
	// others.
	asked struct{ encoding, headerLine bool }
}

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
	questions, doubt := fileQuestions{s}.askCSV, s.answers.CSV.doubt
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
		if err != nil && s.answers.LDAP.unknownCA && !s.Interactive {
			err = fmt.Errorf("%w: try --ldap-ca-file", err)
		}
		return err
	})
}

// fileQuestions are those about a file.
type fileQuestions struct{ *setup }

// askCSV asks for the file, how it is written, and what its columns and rows mean.
func (s fileQuestions) askCSV(ctx context.Context) error {
	c := &s.answers.CSV
	var t *table
	err := s.askUntil(ctx, func(first bool) (err error) {
		if c.Path == "" || !first {
			c.forgetFile()
			if c.Path, err = s.ask(ctx, "The file", cmp.Or(c.Path, c.earlier, "people.csv")); err != nil {
				return err
			}
		}
		if err := s.askEncoding(ctx); err != nil {
			return err
		}
		t, err = s.askTable(ctx)
		return err
	})
	if err != nil {
		return err
	}
	s.printColumns(t)
	for _, ask := range []func(context.Context, *table) error{s.askColumns, s.askWhere, s.askDates} {
		if err := ask(ctx, t); err != nil {
			return err
		}
	}
	return nil
}

// forgetFile drops what was answered about a file, before another one is named.
func (c *CSV) forgetFile() {
	if c.asked.encoding {
		c.Encoding = ""
	}
	if c.asked.headerLine {
		c.HeaderLine = 0
	}
}

// doubt clears what an error is about: some columns, how dates are written, or else the
// file.
func (c *CSV) doubt(err error) {
	cleared := false
	for _, key := range fieldsOf(err) {
		column, isColumn := strings.CutPrefix(key, "csv.columns.")
		switch {
		case isColumn:
			delete(c.Columns, column)
		case strings.HasPrefix(key, "csv.date_format"):
			c.DateFormats = nil
		default:
			continue
		}
		cleared = true
	}
	if !cleared {
		c.earlier, c.Path = c.Path, ""
	}
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
		return sources.Config{Name: "directory", LDAP: &ldap.Config{URLs: []string{a.LDAP.URL}, TLS: a.LDAP.TLS, CAFile: a.LDAP.CAFile, BindDN: a.LDAP.BindDN,
			BindPasswordFile: a.LDAP.PasswordFile, BaseDN: a.LDAP.BaseDN}}
	}
	c := &a.CSV
	return sources.Config{Name: "people", CSV: &csvfile.Config{Path: c.Path, Delimiter: c.Delimiter, Encoding: c.Encoding, HeaderLine: c.HeaderLine,
		Where: c.Where, DateFormat: c.DateFormats, Timezone: c.Timezone, Columns: csvfile.Columns{
			Email: c.column("email"), ID: c.column("id"), Groups: csvfile.Cells{Column: c.column("groups"), Separator: c.Separator},
			Organization: c.column("organization"), Role: c.column("role"), Start: c.column("start"), End: c.column("end")}}}
}

// bySize are the groups, the largest first.
func (s *setup) bySize() []source.Group {
	return slices.SortedStableFunc(slices.Values(s.found.Groups), func(a, b source.Group) int { return cmp.Compare(len(b.Members), len(a.Members)) })
}

// suggestCanaries names the largest group of a rule, and somebody in it with an address:
// who is always there, only an admin knows (S13).
func (s *setup) suggestCanaries() {
	for _, g := range s.bySize() {
		if !slices.ContainsFunc(s.answers.Rules, func(r Rule) bool { return r.Group == g.ID }) {
			continue
		}
		for _, m := range g.Members {
			if p := &s.found.People[m.Person]; p.Email != "" && p.Gone(time.Now()) == "" {
				s.answers.CanaryGroups, s.answers.CanaryPeople = []string{g.Name}, []string{p.Email}
				return
			}
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
