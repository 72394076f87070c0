package cases

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"rollcall/cmd/rollcall/internal/config"
	"rollcall/cmd/rollcall/internal/sources"
	"rollcall/source"
	"rollcall/sync/explain"
	"rollcall/sync/policy"
)

// File is a file of cases.
type File struct {
	// Today is the day, or the moment (RFC 3339), for which start and end dates count;
	// without one it is now.
	Today string `yaml:"today"`
	Cases []Case `yaml:"cases"`

	now time.Time
	doc *config.Document
}

// Case says who should get what.
type Case struct {
	Name string `yaml:"name"`
	// Who is somebody whom a source has, by id, external_id, address or DN. Person is
	// somebody whom the case brings. A case has one of the two.
	Who    string  `yaml:"who"`
	Person *Person `yaml:"person"`
	// Expect are the organizations that the person gets, all of them, and those that
	// refuse the person. An empty list is no membership at all.
	Expect []Place `yaml:"expect"`
	// Refused is why the person gets nothing anywhere.
	Refused Refusal `yaml:"refused"`
}

// Place is what a case says of one organization.
type Place struct {
	// Organization is the slug or id, as the rules name it.
	Organization string   `yaml:"organization"`
	Role         string   `yaml:"role"`
	Metadata     Metadata `yaml:"metadata"`
	// Reason is a part of the reason, such as "rule 2" or the name of a group.
	Reason string `yaml:"reason"`
	// Refused is why the person is no member, although a group of a rule has them.
	Refused Refusal `yaml:"refused"`
}

// Metadata are all keys that the rules write. An object that is left out is not
// compared.
type Metadata struct {
	Public  map[string]any `yaml:"public"`
	Private map[string]any `yaml:"private"`
}

// Refusal is why somebody is not given what a rule or a row would give: an obstacle of
// package explain, or one of these.
type Refusal string

// The refusals beside the obstacles of a rule.
const (
	NotFound Refusal = "not_found" // no source has anybody of that name
	Denied   Refusal = "denied"    // on sync.deny (S08)
	Unclear  Refusal = "unclear"   // nobody can tell who the person is (S02)
)

// ofPerson and ofPlace are the refusals of a person as a whole, and of one
// organization.
var (
	ofPerson = []Refusal{NotFound, Refusal(explain.Disabled), Refusal(explain.Ended), Denied, Unclear}
	ofPlace  = []Refusal{Refusal(explain.Excluded), Refusal(explain.NotStarted), Refusal(explain.Ended), Refusal(explain.Unlisted), Refusal(explain.Disabled), Denied, Unclear}
)

// Read reads a file of cases for the sources of a configuration. A file with a problem
// is refused whole: the error has all problems, each with its place.
func Read(file string, from []sources.Config, now time.Time) (*File, error) {
	f := &File{now: now}
	var err error
	f.doc, err = config.ReadDocument("the file of cases", file, f, func() error { return f.check(from) })
	if err != nil {
		return nil, err
	}
	return f, nil
}

// Real reports whether a case names somebody whom only the sources know.
func (f *File) Real() bool {
	return slices.ContainsFunc(f.Cases, func(c Case) bool { return c.Who != "" })
}

func problem(path, format string, args ...any) error {
	return &policy.FieldError{Path: path, Problem: fmt.Sprintf(format, args...)}
}

func (f *File) check(from []sources.Config) error {
	var problems []error
	if f.Today != "" {
		at, err := moment(f.Today, false)
		if err != nil {
			problems = append(problems, problem("today", "%v", err))
		}
		f.now = at
	}
	if len(f.Cases) == 0 {
		problems = append(problems, problem("cases", "missing: write at least one case; see rollcall help testing"))
	}
	for i := range f.Cases {
		problems = append(problems, f.Cases[i].check(fmt.Sprintf("cases[%d]", i), from)...)
	}
	return errors.Join(problems...)
}

func (c *Case) check(at string, from []sources.Config) []error {
	var problems []error
	switch {
	case c.Who == "" && c.Person == nil:
		problems = append(problems, problem(at, "has nobody: name somebody of your sources under who, or describe somebody under person"))
	case c.Who != "" && c.Person != nil:
		problems = append(problems, problem(at+".who", "cannot be set together with person: use two cases"))
	case c.Person != nil:
		problems = append(problems, c.Person.check(at+".person", from)...)
	}
	switch {
	case c.Expect == nil && c.Refused == "":
		problems = append(problems, problem(at, "has no expect: list the organizations that the person gets, or write expect: [] for none"))
	case len(c.Expect) > 0 && c.Refused != "":
		problems = append(problems, problem(at+".refused", "says that the person gets nothing, and expect lists an organization: use one of the two"))
	case c.Refused == NotFound && c.Person != nil:
		problems = append(problems, problem(at+".refused", "not_found is for a case with who: here the case brings the person"))
	case c.Refused != "":
		problems = append(problems, c.Refused.check(at+".refused", ofPerson)...)
	}
	seen := map[string]bool{}
	for i := range c.Expect {
		p, below := &c.Expect[i], fmt.Sprintf("%s.expect[%d]", at, i)
		problems = append(problems, p.check(below)...)
		if p.Organization != "" && seen[p.Organization] {
			problems = append(problems, problem(below+".organization", "%q is in this case already", p.Organization))
		}
		seen[p.Organization] = true
	}
	return problems
}

func (p *Place) check(at string) []error {
	var problems []error
	if p.Organization == "" {
		problems = append(problems, problem(at+".organization", "missing: name the slug or id as the rules have it"))
	}
	switch {
	case p.Refused == "" && p.Role == "":
		problems = append(problems, problem(at+".role", "missing: name the role, such as org:member, or why the person is refused"))
	case p.Refused != "" && (p.Role != "" || p.Metadata.Public != nil || p.Metadata.Private != nil):
		problems = append(problems, problem(at+".refused", "is for somebody who gets no membership here: leave out role and metadata"))
	case p.Refused != "":
		problems = append(problems, p.Refused.check(at+".refused", ofPlace)...)
	}
	return problems
}

func (r Refusal) check(at string, known []Refusal) []error {
	if slices.Contains(known, r) {
		return nil
	}
	words := make([]string, len(known))
	for i, k := range known {
		words[i] = string(k)
	}
	return []error{problem(at, "%q is not one of %s%s", r, strings.Join(words, ", "), source.DidYouMean(string(r), words))}
}

// moment reads a day or a moment. The end of a day is the first moment after it.
func moment(text string, end bool) (time.Time, error) {
	if t, err := time.Parse(time.DateOnly, text); err == nil {
		if end {
			t = t.AddDate(0, 0, 1)
		}
		return t, nil
	}
	t, err := time.Parse(time.RFC3339, text)
	if err != nil {
		return time.Time{}, fmt.Errorf("%q is neither a day such as 2026-12-31 nor a moment such as 2026-12-31T17:00:00+01:00", text)
	}
	return t, nil
}
