package source

import (
	"path/filepath"
	"strings"
	"time"
	"unicode/utf8"
)

// CSVConfig is the csv key of a source. The columns choose one of two forms:
// with groups, a row says who somebody is and which groups she is in, and
// rules say what that means; with organization and role, the row is a
// membership, its own rule.
type CSVConfig struct {
	// Path names a file, or several by a glob (*, ? and [] in any part of the
	// path); "-" is standard input, which removes nobody unless EndMarker is
	// set and seen (S11).
	Path string `yaml:"path"`
	// RemoteConfig is about a file behind a URL, which stands in place of Path.
	RemoteConfig
	Columns CSVColumns `yaml:"columns"`
	// Encoding is utf-8 (with or without a byte order mark; the default),
	// utf-16 (which needs one), utf-16le, utf-16be, latin-1 (or iso-8859-1) or
	// windows-1252. It is never guessed.
	Encoding string `yaml:"encoding"`
	// Delimiter is a comma (the default), a semicolon, a tab (or the word
	// tab), or a vertical bar.
	Delimiter string `yaml:"delimiter"`
	// Timezone is where the days of start and end begin and end, such as
	// Europe/Vienna (S28); DateFormat is how they are written, as strftime has
	// it (%d.%m.%Y), where that is neither an ISO date nor RFC 3339.
	Timezone   string `yaml:"timezone"`
	DateFormat string `yaml:"date_format"`
	// Settle is for how long a file must have been left alone before it is
	// read (S11): 5 s when nil, no wait when 0.
	Settle *time.Duration `yaml:"settle"`
	// FinalNewline is required (the default) or optional: whether a last line
	// without a newline is a sign that the file was cut short (S11).
	FinalNewline string `yaml:"final_newline"`
	// MaxAge refuses a file that was last written longer ago; 0 is any age.
	MaxAge time.Duration `yaml:"max_age"`
	// EndMarker is a line that whoever writes the file writes last. When it is
	// set and not seen, nobody is removed; rows behind it are damage.
	EndMarker string `yaml:"end_marker"`
	// UnreadableMembers is hold (the default) or ignore: what somebody without
	// a usable address does to the organizations she belongs to (S10).
	UnreadableMembers string `yaml:"unreadable_members"`
}

// CSVColumns says which heading of the file holds what. Headings compare
// exactly, without the spaces around them.
type CSVColumns struct {
	// ID is the stable id (S01); without it people are their address (S02).
	ID    string `yaml:"id"`
	Email string `yaml:"email"`
	// OtherEmails are further addresses of the same person (S07).
	OtherEmails  CSVCells `yaml:"other_emails"`
	ExternalID   string   `yaml:"external_id"`
	FirstName    string   `yaml:"first_name"`
	LastName     string   `yaml:"last_name"`
	Groups       CSVCells `yaml:"groups"`
	Organization string   `yaml:"organization"`
	Role         string   `yaml:"role"`
	// Start and End are when the row holds: End is the last day, or the moment
	// at which it ends (S28).
	Start    string      `yaml:"start"`
	End      string      `yaml:"end"`
	Metadata CSVMetadata `yaml:"metadata"`
	// MembershipID, UserID and Decision are those of an access review, whose
	// rows say keep or remove of the memberships that they name, and want nobody.
	MembershipID string `yaml:"membership_id"`
	UserID       string `yaml:"user_id"`
	Decision     string `yaml:"decision"`
}

// CSVCells is a column whose cells can hold several values. In YAML it is a
// mapping of column and separator, or just the heading when each cell holds
// one value.
type CSVCells struct {
	Column    string `yaml:"column"`
	Separator string `yaml:"separator"`
}

// UnmarshalYAML takes a heading, or a mapping of column and separator.
func (c *CSVCells) UnmarshalYAML(decode func(any) error) error {
	*c = CSVCells{}
	if err := decode(&c.Column); err == nil {
		return nil
	}
	type plain CSVCells
	return decode((*plain)(c))
}

// CSVMetadata maps metadata keys to the headings that hold their values, in
// the membership form.
type CSVMetadata struct {
	Public  map[string]string `yaml:"public"`
	Private map[string]string `yaml:"private"`
}

// Defaults and bounds of a CSV source.
const (
	defaultSettle = 5 * time.Second
	stdinPath     = "-"
	markerKey     = "rollcall"
)

// delimiters lists what may stand between two cells, as the configuration writes it.
var delimiters = map[string]rune{"": ',', ",": ',', ";": ';', "\t": '\t', "tab": '\t', "|": '|'}

// Validate finds all problems of the csv key: joined [FieldError] values, or nil.
func (c *CSVConfig) Validate() error {
	var p problems
	switch {
	case c.Path == "" && c.URL == "":
		p.add("csv.path", "missing: name a file, a glob, or - for standard input; or set url")
	case c.Path != "" && c.URL != "":
		p.add("csv.url", "stands beside path: make two sources of it, one for each")
	}
	c.validateRemote(&p)
	if _, err := filepath.Match(c.Path, ""); err != nil {
		p.add("csv.path", "is no glob that could be read: a [ or a backslash is left open")
	}
	if _, ok := decoders[c.Encoding]; !ok {
		p.add("csv.encoding", "unknown: use utf-8, utf-16, utf-16le, utf-16be, latin-1 or windows-1252")
	}
	if _, ok := delimiters[c.Delimiter]; !ok {
		p.add("csv.delimiter", `unknown: use ",", ";", tab or "|"`)
	}
	c.validateTime(&p)
	c.validateEnd(&p)
	validateDates(&p, "csv", c.Timezone, c.DateFormat, c.Columns.dated())
	c.Columns.validate(&p)
	return p.err()
}

func (c *CSVConfig) validateTime(p *problems) {
	if c.Settle != nil && *c.Settle < 0 {
		p.add("csv.settle", "is negative; 0s reads at once")
	}
	switch {
	case c.MaxAge < 0:
		p.add("csv.max_age", "is negative; leave it out to take a file of any age")
	case c.MaxAge > 0 && c.Path == stdinPath:
		p.add("csv.max_age", "means nothing on standard input, which has no age; leave it out")
	}
}

func (c *CSVConfig) validateEnd(p *problems) {
	switch c.FinalNewline {
	case "", "required", "optional":
	default:
		p.add("csv.final_newline", "unknown: use required or optional")
	}
	switch c.UnreadableMembers {
	case "", "hold", "ignore":
	default:
		p.add("csv.unreadable_members", "unknown: use hold or ignore")
	}
	m := c.EndMarker
	if strings.ContainsAny(m, "\"\r\n") || !utf8.ValidString(m) || strings.TrimSpace(m) != m {
		p.add("csv.end_marker", "must be one line without quotes, and without spaces around it")
	}
}

// membership reports whether the columns are those of the membership form.
func (c *CSVColumns) membership() bool { return c.Organization != "" || c.Role != "" }

// dated reports whether rows say when they hold.
func (c *CSVColumns) dated() bool { return c.Start != "" || c.End != "" }

func (c *CSVColumns) validate(p *problems) {
	if c.review() {
		c.validateReview(p)
		c.validateRepeats(p)
		return
	}
	if c.UserID != "" {
		p.add("csv.columns.user_id", "belongs beside decision, in an access review; people are found by id, external_id or address")
	}
	if c.MembershipID != "" {
		p.add("csv.columns.membership_id", "belongs beside decision, in an access review")
	}
	if c.Email == "" {
		p.add("csv.columns.email", "missing: name the column that holds the address")
	}
	c.OtherEmails.validate(p, "csv.columns.other_emails")
	c.Groups.validate(p, "csv.columns.groups")
	if c.membership() {
		c.validateMembership(p)
	} else {
		c.validatePeople(p)
	}
	c.validateRepeats(p)
}

func (c *CSVCells) validate(p *problems, path string) {
	if c.Column == "" && c.Separator != "" {
		p.add(path+".column", "missing: name the column that the separator splits")
	}
	if strings.ContainsAny(c.Separator, "\"\r\n") {
		p.add(path+".separator", "must not hold quotes or newlines")
	}
}

func (c *CSVColumns) validateMembership(p *problems) {
	if c.Organization == "" {
		p.add("csv.columns.organization", "missing: role alone makes no membership; with groups instead, rules would give the roles")
	}
	if c.Role == "" {
		p.add("csv.columns.role", "missing: a membership needs a role")
	}
	if c.Groups.Column != "" {
		p.add("csv.columns.groups", "stands beside organization or role: a row is either a membership or a person with groups")
	}
	validateMetadata(p, "csv.columns.metadata.public", c.Metadata.Public, false)
	validateMetadata(p, "csv.columns.metadata.private", c.Metadata.Private, true)
}

func validateMetadata(p *problems, path string, columns map[string]string, private bool) {
	for _, key := range sortedKeys(columns) {
		switch {
		case key == "":
			p.add(path, "has an empty key")
		case columns[key] == "":
			p.add(path+"."+key, "missing: name the column that holds the value")
		case private && key == markerKey:
			p.add(path+"."+key, "is where memberships are marked; use another key")
		}
	}
}

func (c *CSVColumns) validatePeople(p *problems) {
	if c.Groups.Column == "" {
		p.add("csv.columns.groups", "missing: name the column of the groups, or organization and role columns for the membership form")
	}
	if len(c.Metadata.Public)+len(c.Metadata.Private) > 0 {
		p.add("csv.columns.metadata", "belongs to the membership form; with groups, the metadata of rules says it")
	}
}

// validateRepeats refuses a column that is to be two things: an id that is
// also the address would not outlive it (S01).
func (c *CSVColumns) validateRepeats(p *problems) {
	seen := map[string]string{}
	for _, col := range []struct{ path, heading string }{
		{"csv.columns.email", c.Email}, {"csv.columns.id", c.ID},
		{"csv.columns.other_emails", c.OtherEmails.Column}, {"csv.columns.groups", c.Groups.Column},
		{"csv.columns.organization", c.Organization}, {"csv.columns.role", c.Role},
		{"csv.columns.start", c.Start}, {"csv.columns.end", c.End},
		{"csv.columns.membership_id", c.MembershipID}, {"csv.columns.user_id", c.UserID}, {"csv.columns.decision", c.Decision},
	} {
		heading := strings.TrimSpace(col.heading)
		if first, ok := seen[heading]; ok && heading != "" {
			p.add(col.path, "is the same column as "+strings.TrimPrefix(first, "csv.columns."))
		}
		seen[heading] = col.path
	}
}
