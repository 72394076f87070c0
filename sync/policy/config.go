package policy

import (
	"cmp"
	"time"
)

// Config is the sync section of the configuration together with the guards.
// Every default is in [DefaultConfig].
type Config struct {
	// Owner names this installation in markers, if several share an instance.
	Owner string `yaml:"owner"`
	// Removals has no default: the admin must choose.
	Removals Removals `yaml:"removals"`
	// MissingUsers is what happens to a wanted person without a Clerk user.
	MissingUsers MissingUsers `yaml:"missing_users"`
	// EmailDomains are the domains that invite and create are limited to (S07).
	EmailDomains []string `yaml:"email_domains"`
	// Invitations are the settings of invitations.
	Invitations Invitations `yaml:"invitations"`
	// Create is how missing_users: create makes accounts.
	Create Create `yaml:"create"`
	// Protect and Deny hold user ids, external ids, addresses, and globs over addresses.
	Protect []string `yaml:"protect"`
	Deny    []string `yaml:"deny"`
	// Ambiguous is skip or hold (S06).
	Ambiguous Ambiguous `yaml:"ambiguous"`
	// IDChanged says what an address under a new id means (S02).
	IDChanged IDChanged `yaml:"id_changed"`
	Adopt     AdoptMode `yaml:"adopt"`
	// Takeover lets us change memberships that carry a foreign owner's marker (S26).
	Takeover bool `yaml:"takeover"`
	// MinAdmins is how many admins a plan leaves in an organization at least (S19).
	MinAdmins int `yaml:"min_admins"`
	// Retire lists organizations (slug or id) that no source feeds any more, with
	// what happens to their members, and files that are gone for good (S11, S15).
	Retire map[string]Retire `yaml:"retire"`
	// Grace is how long a member stays who is missing from the source.
	// DemoteFirst is the role meanwhile, if it allows less (S29).
	Grace       time.Duration `yaml:"grace"`
	DemoteFirst string        `yaml:"demote_first"`
	// ErrorBudget is the share of an organization's calls of one kind, in percent,
	// that may fail before that kind stops there: what takes access, what gives it,
	// other roles, and metadata are counted apart (S39).
	ErrorBudget int `yaml:"error_budget"`
	// AdminRoles overrides which roles count as admin.
	AdminRoles []string `yaml:"admin_roles"`
	// UnreadableMembers is hold or ignore, per source name (S10). Filled from
	// sources[].*.unreadable_members.
	IgnoreUnreadable map[string]bool `yaml:"-"`
	// Renamed maps a source's former name to its present one, in markers.
	// Filled from sources[].renamed_from.
	Renamed map[string]string `yaml:"-"`
	// SameIDs maps each source whose ids other sources share to the source that
	// stands for all of them. Filled from sources[].same_ids_as.
	SameIDs map[string]string `yaml:"-"`
	// Lends lists the attributes that a source gives to rules of other sources.
	// Filled from sources[].lends.
	Lends  map[string][]string `yaml:"-"`
	Guards Guards              `yaml:"-"`
	// Leavers is the section of that name.
	Leavers Leavers `yaml:"-"`
	// RulesHash is the hash of the sections rules and sources as written (S20).
	RulesHash string `yaml:"-"`
	// Rate is the rate limit for the plan's forecast of seconds. Filled from clerk.
	Rate Rate `yaml:"-"`
}

// DefaultConfig is the configuration with all defaults.
func DefaultConfig() Config {
	return Config{
		Owner: "rollcall", MissingUsers: MissingReport, Ambiguous: AmbiguousSkip,
		IDChanged: IDChangedHold, Adopt: AdoptNone, MinAdmins: 1, ErrorBudget: 50,
		Invitations: Invitations{Notify: true, FirstDayFrom: "07:00", ResendMost: 2, WhenChanged: ChangedKeep},
		Create:      Create{Address: AddressVerified},
		Guards:      DefaultGuards(),
	}
}

// NeedsHistory is the key of the configuration that needs the memory of earlier
// runs; empty if there is none (S29).
func (c *Config) NeedsHistory() string {
	switch {
	case c.Grace > 0:
		return "sync.grace"
	case c.Invitations.ResendAfter > 0:
		return "sync.invitations.resend_after"
	case c.Leavers.On():
		return "leavers"
	}
	return ""
}

// RetireOf is what the configuration says about an organization that no source
// feeds any more.
func (c Config) RetireOf(slug, id string) Retire {
	if say := c.Retire[id]; say != "" {
		return say
	}
	if slug == "" {
		return ""
	}
	return c.Retire[slug]
}

// Invitations are the settings of the invitations that missing_users: invite
// sends.
type Invitations struct {
	// ExpiresInDays is 1 to 365; 0 is Clerk's default of 30.
	ExpiresInDays int `yaml:"expires_in_days"`
	// RedirectURL is the address behind the link in the mail; empty is Clerk's page.
	RedirectURL string `yaml:"redirect_url"`
	// Notify is false to send no mail.
	Notify bool `yaml:"notify"`
	// FirstDayFrom is the time of the first day before which no mail goes out to somebody
	// whose start is a date.
	FirstDayFrom ClockTime `yaml:"first_day_from"`
	// Inviter is the user id that the mail names; an admin of the organization.
	Inviter string `yaml:"inviter"`
	// ResendAfter is the time from the end of an invitation, or its refusal, to the
	// next one; 0 is never. ResendMost is how many times an invitation is repeated.
	ResendAfter time.Duration `yaml:"resend_after"`
	ResendMost  int           `yaml:"resend_most"`
	// WhenChanged is what happens to a pending one that is no longer as wanted.
	WhenChanged WhenChanged `yaml:"when_changed"`
}

// Create are the settings of the accounts that missing_users: create makes.
type Create struct {
	// Address is whether Clerk takes the address as verified, or reserves it until the
	// person signs up and proves it.
	Address CreateAddress `yaml:"address"`
}

// CreateAddress is what an account has of the address that it is created with.
type CreateAddress string

// The values of create.address.
const (
	AddressVerified CreateAddress = "verified"
	AddressReserved CreateAddress = "reserved"
)

// ClockTime is a time on the clock, such as 07:00.
type ClockTime string

// SinceMidnight is how long after midnight that is; not ok for what is no time.
func (t ClockTime) SinceMidnight() (d time.Duration, ok bool) {
	at, err := time.Parse("15:04", string(t))
	return time.Duration(at.Hour())*time.Hour + time.Duration(at.Minute())*time.Minute, err == nil
}

// Expiry is when an invitation expires, which Clerk says in milliseconds since 1970. If
// it does not, it is the time that was asked for, or Clerk's default of 30 days.
func (s Invitations) Expiry(created, expires int64) time.Time {
	if expires > 0 {
		return time.UnixMilli(expires).UTC()
	}
	return time.UnixMilli(created).UTC().AddDate(0, 0, cmp.Or(s.ExpiresInDays, clerkExpiryDays))
}

const clerkExpiryDays = 30

// WhenChanged is what happens to a pending invitation whose role or metadata are
// no longer what the directory wants.
type WhenChanged string

// The values of when_changed.
const (
	ChangedKeep  WhenChanged = "keep"  // it stays; the run after it was accepted corrects the membership
	ChangedRenew WhenChanged = "renew" // it is revoked and sent anew
)

// Rate is a number of requests per window.
type Rate struct {
	Requests int
	Window   time.Duration
}

// Removals is which members rollcall may remove.
type Removals string

// The values of removals. Managed removes only members with our marker (S26).
const (
	RemovalsNone    Removals = "none"
	RemovalsManaged Removals = "managed"
	RemovalsAll     Removals = "all"
)

// MissingUsers is what happens to a wanted person without a Clerk user.
type MissingUsers string

// The values of missing_users.
const (
	MissingReport MissingUsers = "report"
	MissingInvite MissingUsers = "invite"
	MissingCreate MissingUsers = "create"
)

// Ambiguous is what an ambiguous identity does (S06).
type Ambiguous string

// The values of ambiguous.
const (
	AmbiguousSkip Ambiguous = "skip"
	AmbiguousHold Ambiguous = "hold"
)

// IDChanged is what an address under a new stable id means (S02).
type IDChanged string

// The values of id_changed.
const (
	IDChangedHold IDChanged = "hold"
	IDChangedSame IDChanged = "same" // the same person; the marker is rewritten
	IDChangedNew  IDChanged = "new"  // the old id left; the new one has no user yet
)

// AdoptMode is which members without a marker get ours (S26).
type AdoptMode string

// The values of adopt.
const (
	AdoptNone    AdoptMode = "none"
	AdoptMatched AdoptMode = "matched" // who is already as wanted
	AdoptWanted  AdoptMode = "wanted"  // everybody the rules want; what differs is changed
)

// Retire is what happens to the members of an organization that no source feeds
// any more.
type Retire string

// The values of retire.
const (
	RetireKeep   Retire = "keep"
	RetireRemove Retire = "remove"
)

// RolesMode is what happens to a role that was set by hand (S27).
type RolesMode string

// The values of roles_mode.
const (
	RolesExact   RolesMode = "exact"
	RolesAtLeast RolesMode = "at_least"
	RolesOnAdd   RolesMode = "on_add"
)

// Rule maps groups to memberships. A rule higher in the list wins.
type Rule struct {
	Groups GroupPattern `yaml:"groups"`
	// ExceptGroups are groups whose members the rule does not reach. AllGroups are
	// further groups, in all of which a person must be. Both are exact names.
	ExceptGroups []string `yaml:"except_groups"`
	AllGroups    []string `yaml:"all_groups"`
	// Source limits the rule to one source; empty: any.
	Source string `yaml:"source"`
	// Organization is a slug or org_ id, or a template over the captures.
	Organization string `yaml:"organization"`
	// Role is a role key, or a template over the captures.
	Role string `yaml:"role"`
	// Organizations lists the slugs or org_ ids that a captured organization may
	// be; nil is any (S21).
	Organizations []string `yaml:"organizations"`
	// Roles lists what a captured role may be (S21).
	Roles     []string  `yaml:"roles"`
	RolesMode RolesMode `yaml:"roles_mode"`
	Metadata  Templates `yaml:"metadata"`
	// AllowEmpty lists groups that may be missing or empty (S15).
	AllowEmpty []string `yaml:"allow_empty"`
}

// GroupPattern is either a list of exact names (or DNs) or one pattern.
type GroupPattern struct {
	Names []string
	Match string // regexp over the whole name
	Glob  string
	Base  string // DN
}

// UnmarshalYAML reads a list of names, or a mapping with match or glob, and
// base.
func (g *GroupPattern) UnmarshalYAML(decode func(any) error) error {
	if err := decode(&g.Names); err == nil {
		return nil
	}
	var p struct {
		Match string `yaml:"match"`
		Glob  string `yaml:"glob"`
		Base  string `yaml:"base"`
	}
	if err := decode(&p); err != nil {
		return err
	}
	g.Names, g.Match, g.Glob, g.Base = nil, p.Match, p.Glob, p.Base
	return nil
}

// Templates are the metadata that a rule manages: objects whose strings are
// templates.
type Templates struct {
	Public  map[string]any `yaml:"public"`
	Private map[string]any `yaml:"private"`
}

// FieldError is a problem with one key of the configuration.
type FieldError struct {
	// Path is the YAML path below the section, such as "rules[2].role".
	Path    string
	Problem string
}

// Error gives the path and the problem.
func (e *FieldError) Error() string { return e.Path + ": " + e.Problem }

// YAMLPath is the place of the problem. The configuration turns it into
// file:line:column.
func (e *FieldError) YAMLPath() string { return e.Path }
