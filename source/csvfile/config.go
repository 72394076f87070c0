package csvfile

import (
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"rollcall/source"
	"rollcall/source/csvfile/cells"
	"rollcall/source/csvfile/encodings"
	"rollcall/source/csvfile/marker"
	"rollcall/source/file"
	"rollcall/source/internal/check"
	"rollcall/source/internal/dates"
)

// Config is the csv key of a source. The columns choose one of two forms:
// with groups, a row is a person and the groups that the person is in, and
// rules say what that means; with organization and role, the row is a
// membership, its own rule.
type Config struct {
	// Path names a file, or several by a glob (*, ? and [] in any part of the
	// path); "-" is standard input, which removes no members unless EndMarker is
	// set and seen (S11).
	Path string `yaml:"path"`
	// Newest says that of the files of a glob only the one whose name comes last counts.
	Newest bool `yaml:"newest"`
	// Remote is about a file behind a URL, which stands in place of Path.
	file.Remote
	// Program writes the file to its standard output; it stands in place of Path.
	file.Program
	Columns Columns `yaml:"columns"`
	// Where chooses the rows that count, by heading: those whose cell is one of the
	// listed values, in every column that it names. All other rows are as if they
	// were not in the file.
	Where map[string][]string `yaml:"where"`
	// WhereEmpty is hold (the default) or ignore: what an empty cell in a column of Where
	// means, if "" is not listed. With hold nobody knows whether the row counts, so that
	// its person keeps what they have (S10). With ignore the row does not count.
	WhereEmpty string `yaml:"where_empty"`
	// Encoding is utf-8 (with or without a byte order mark; the default),
	// utf-16 (which needs one), or any other by a name that IANA or the web has for
	// it. It is never guessed.
	Encoding string `yaml:"encoding"`
	// Delimiter is a comma (the default, unless the first line of the file names
	// another one, as in sep=;), a semicolon, a tab (or the word tab), or a vertical
	// bar.
	Delimiter string `yaml:"delimiter"`
	// HeaderLine is the line of the header, from 1, if other lines are above it.
	// Comment is the character with which lines begin that do not count.
	HeaderLine int    `yaml:"header_line"`
	Comment    string `yaml:"comment"`
	// Timezone is where the days of start and end begin and end, such as
	// Europe/Vienna (S28); DateFormat lists how they are written, as strftime has
	// it (%d.%m.%Y), where that is neither an ISO date nor RFC 3339.
	Timezone   string       `yaml:"timezone"`
	DateFormat source.Texts `yaml:"date_format"`
	// Settle is for how long a file must have been left alone before it is
	// read (S11): 5 s when nil, no wait when 0.
	Settle *time.Duration `yaml:"settle"`
	// FinalNewline is required (the default) or optional: whether a last line
	// without a newline is a sign that the file was cut short (S11).
	FinalNewline string `yaml:"final_newline"`
	// MaxAge refuses a file that was last written longer ago; 0 is any age.
	MaxAge time.Duration `yaml:"max_age"`
	// EndMarker is the last line that the export writes. When it is
	// set and missing, no members are removed; rows behind it are damage. {rows}
	// in it stands for the number of rows, and another number is damage too.
	EndMarker string `yaml:"end_marker"`
	// UnreadableMembers is hold (the default) or ignore: what a person without
	// a usable address does to the organizations of that person (S10).
	UnreadableMembers string `yaml:"unreadable_members"`
	// Places are the keys with their places in the configuration file, by their paths
	// below the source (csv.columns.email), for messages; nil if there is no file.
	Places map[string]string `yaml:"-"`
}

// Columns says which heading of the file holds what. Headings compare
// exactly, without the spaces around them.
type Columns struct {
	// ID is the stable id (S01); without it people are their address (S02).
	ID    string `yaml:"id"`
	Email string `yaml:"email"`
	// OtherEmails are further addresses of the same person (S07).
	OtherEmails  Cells  `yaml:"other_emails"`
	ExternalID   string `yaml:"external_id"`
	FirstName    string `yaml:"first_name"`
	LastName     string `yaml:"last_name"`
	Groups       Cells  `yaml:"groups"`
	Organization string `yaml:"organization"`
	Role         string `yaml:"role"`
	// Start and End are when the row holds: End is the last day, or the moment
	// at which it ends (S28).
	Start    string   `yaml:"start"`
	End      string   `yaml:"end"`
	Metadata Metadata `yaml:"metadata"`
	// MembershipID, UserID and Decision are those of an access review, whose
	// rows say keep or remove of the memberships that they name, and add no members.
	MembershipID string `yaml:"membership_id"`
	UserID       string `yaml:"user_id"`
	Decision     string `yaml:"decision"`
}

// Cells is a column whose cells can hold several values.
type Cells = cells.Cells

// Metadata maps metadata keys to the headings that hold their values, in
// the membership form.
type Metadata struct {
	Public  map[string]string `yaml:"public"`
	Private map[string]string `yaml:"private"`
}

// Defaults and bounds of a CSV source.
const (
	markerKey = "rollcall"
)

// delimiters lists what may stand between two cells, as the configuration writes it.
var delimiters = map[string]rune{"": ',', ",": ',', ";": ';', "\t": '\t', "tab": '\t', "|": '|'}

// Validate finds all problems of the csv key: joined [FieldError] values, or nil.
func (c *Config) Validate() error {
	var p check.Problems
	switch {
	case len(c.Command) > 0:
		c.validateCommand(&p)
	case c.Path == "" && c.URL == "" && c.URLFile == "":
		p.Add("csv.path", "missing: set path to a file, a glob, or - for standard input, or set url or command")
	case c.Path != "" && (c.URL != "" || c.URLFile != ""):
		p.Add("csv.url", "cannot be set together with path: use two sources, one for each")
	}
	if c.Newest && !strings.ContainsAny(c.Path, "*?[") {
		p.Add("csv.newest", "has no effect without a glob: set path to one, such as exports/people-*.csv, or leave it out")
	}
	c.Remote.Validate(&p)
	c.Program.Validate(&p)
	if _, err := filepath.Match(c.Path, ""); err != nil {
		p.Add("csv.path", "is not a valid glob: a [ is not closed, or a backslash has nothing after it")
	}
	if encodings.Check(c.Encoding) != nil {
		p.Add("csv.encoding", "unknown: use "+encodings.Known)
	}
	if _, ok := delimiters[c.Delimiter]; !ok {
		p.Add("csv.delimiter", `unknown: use ",", ";", tab or "|"`)
	}
	c.validatePreamble(&p)
	c.validateTime(&p)
	c.validateEnd(&p)
	dates.Validate(&p, "csv", c.Timezone, c.DateFormat, c.Columns.dated())
	c.Columns.validate(&p)
	c.validateWhere(&p)
	return p.Err()
}

// validateCommand refuses what has no meaning for a program: it is the one place of
// the text, and what it writes has no age and no time of change.
func (c *Config) validateCommand(p *check.Problems) {
	if c.Path != "" || c.URL != "" || c.URLFile != "" {
		p.Add("csv.command", "cannot be set together with path or url: use two sources, one for each")
	}
	if c.Settle != nil {
		p.Add("csv.settle", "has no effect with command, which ends when the file is whole: leave it out")
	}
	if c.MaxAge > 0 {
		p.Add("csv.max_age", "has no effect with command, whose output has no age: leave it out")
	}
}

func (c *Config) validateTime(p *check.Problems) {
	if c.Settle != nil && *c.Settle < 0 {
		p.Add("csv.settle", "must not be negative; 0s reads the file at once")
	}
	switch {
	case c.MaxAge < 0:
		p.Add("csv.max_age", "must not be negative; leave it out to accept a file of any age")
	case c.MaxAge > 0 && c.Path == file.Stdin:
		p.Add("csv.max_age", "has no effect on standard input, which has no age: leave it out")
	}
}

func (c *Config) validateEnd(p *check.Problems) {
	switch c.FinalNewline {
	case "", "required", "optional":
	default:
		p.Add("csv.final_newline", "unknown: use required or optional")
	}
	switch c.UnreadableMembers {
	case "", "hold", "ignore":
	default:
		p.Add("csv.unreadable_members", "unknown: use hold or ignore")
	}
	if problem := marker.Problem(c.EndMarker); problem != "" {
		p.Add("csv.end_marker", problem)
	}
}

// Membership reports whether the columns are those of the membership form.
func (c *Columns) Membership() bool { return c.Organization != "" || c.Role != "" }

// dated reports whether rows say when they hold.
func (c *Columns) dated() bool { return c.Start != "" || c.End != "" }

func (c *Columns) validate(p *check.Problems) {
	if c.review() {
		c.validateReview(p)
		c.validateRepeats(p)
		return
	}
	if c.UserID != "" {
		p.Add("csv.columns.user_id", "is only for an access review, which also sets decision; use id, external_id or email to identify people")
	}
	if c.MembershipID != "" {
		p.Add("csv.columns.membership_id", "is only for an access review, which also sets decision")
	}
	if c.Email == "" {
		p.Add("csv.columns.email", "missing: name the column with the email address")
	}
	c.OtherEmails.Validate(p, "csv.columns.other_emails", false)
	c.Groups.Validate(p, "csv.columns.groups", true)
	if c.Membership() {
		c.validateMembership(p)
	} else {
		c.validatePeople(p)
	}
	c.validateRepeats(p)
}

func (c *Columns) validateMembership(p *check.Problems) {
	if c.Organization == "" {
		p.Add("csv.columns.organization", "missing: role needs it; to let rules assign roles, set groups and leave role out")
	}
	if c.Role == "" {
		p.Add("csv.columns.role", "missing: each row is a membership, so name the column with the role")
	}
	if c.Groups.Set() {
		p.Add("csv.columns.groups", "cannot be set together with organization or role: a row is either a membership, or a person with groups")
	}
	validateMetadata(p, "csv.columns.metadata.public", c.Metadata.Public, false)
	validateMetadata(p, "csv.columns.metadata.private", c.Metadata.Private, true)
}

func validateMetadata(p *check.Problems, path string, columns map[string]string, private bool) {
	for _, key := range slices.Sorted(maps.Keys(columns)) {
		switch {
		case key == "":
			p.Add(path, "has an empty key")
		case columns[key] == "":
			p.Add(path+"."+key, "missing: name the column with the value")
		case private && key == markerKey:
			p.Add(path+"."+key, "is reserved: rollcall writes its marker there; use another key")
		}
	}
}

func (c *Columns) validatePeople(p *check.Problems) {
	if !c.Groups.Set() {
		p.Add("csv.columns.groups", "missing: name the column with the groups, or set organization and role if each row is a membership")
	}
	if len(c.Metadata.Public)+len(c.Metadata.Private) > 0 {
		p.Add("csv.columns.metadata", "is only for rows that are memberships; with groups, set metadata in the rules")
	}
}

// validateRepeats refuses a column that is to be two things: an id that is
// also the address would not outlive it (S01).
func (c *Columns) validateRepeats(p *check.Problems) {
	seen := map[string]string{}
	for i, groups := range c.Groups.All {
		seen[strings.TrimSpace(groups.Column)] = fmt.Sprintf("csv.columns.groups[%d]", i)
	}
	for _, col := range []struct{ path, heading string }{
		{"csv.columns.email", c.Email}, {"csv.columns.id", c.ID},
		{"csv.columns.other_emails", c.OtherEmails.Column}, {"csv.columns.groups", c.Groups.Column},
		{"csv.columns.organization", c.Organization}, {"csv.columns.role", c.Role},
		{"csv.columns.start", c.Start}, {"csv.columns.end", c.End},
		{"csv.columns.membership_id", c.MembershipID}, {"csv.columns.user_id", c.UserID}, {"csv.columns.decision", c.Decision},
	} {
		heading := strings.TrimSpace(col.heading)
		if first, ok := seen[heading]; ok && heading != "" {
			p.Add(col.path, "is the same column as "+strings.TrimPrefix(first, "csv.columns."))
		}
		seen[heading] = col.path
	}
}

// ValidateCanaries refuses canaries that the form of the columns cannot show:
// a [source.FieldError], or nil.
func (c *Config) ValidateCanaries(canaries source.Canaries) error {
	switch {
	case c.Columns.review() && len(canaries.Groups)+len(canaries.People) > 0:
		return &source.FieldError{Path: "canaries", Problem: "have no effect in an access review, which adds nobody: leave them out"}
	case c.Columns.Membership() && len(canaries.Groups) > 0:
		return &source.FieldError{Path: "canaries.groups", Problem: "cannot be checked, because rows that are memberships have no groups; name people instead"}
	}
	return nil
}

// StableIDs reports whether people can have ids (S01).
func (c *Config) StableIDs() bool { return c.Columns.ID != "" }

// Memberships reports whether the rows are memberships, which need no rules.
func (c *Config) Memberships() bool { return c.Columns.Membership() }
