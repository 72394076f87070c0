package sync

import "time"

// Config is the sync section of the configuration together with its guards.
// Every default is in [DefaultConfig].
type Config struct {
	// Owner is who we are in markers, when several installations share an instance.
	Owner string `yaml:"owner"`
	// Removals has no default: the admin must choose.
	Removals Removals `yaml:"removals"`
	// MissingUsers says what happens to a desired person without a Clerk user.
	MissingUsers MissingUsers `yaml:"missing_users"`
	// EmailDomains limits whom invite and create reach (S07).
	EmailDomains []string `yaml:"email_domains"`
	// Invitations says how people are invited, and how often.
	Invitations Invitations `yaml:"invitations"`
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
	// Retire says of organizations (slug or id) that nothing leads to any more
	// whether their members stay, and of files that they are gone for good (S11, S15).
	Retire map[string]Retire `yaml:"retire"`
	// Grace keeps whoever is missing from the source for that long; DemoteFirst
	// is the role that they have meanwhile, where it allows less (S29).
	Grace       time.Duration `yaml:"grace"`
	DemoteFirst string        `yaml:"demote_first"`
	// ErrorBudget is the share of an organization's calls, in percent, that may
	// fail before it stops in the middle.
	ErrorBudget int `yaml:"error_budget"`
	// AdminRoles overrides which roles count as admin.
	AdminRoles []string `yaml:"admin_roles"`
	// UnreadableMembers is hold or ignore, per source name (S10). Filled from
	// sources[].*.unreadable_members.
	IgnoreUnreadable map[string]bool `yaml:"-"`
	// Renamed maps a source's former name to its present one, in markers.
	// Filled from sources[].renamed_from.
	Renamed map[string]string `yaml:"-"`
	// SameIDs leads each source whose ids other sources share to the one that
	// stands for them all. Filled from sources[].same_ids_as.
	SameIDs map[string]string `yaml:"-"`
	// Lends lists the attributes that a source gives to rules of other sources.
	// Filled from sources[].lends.
	Lends  map[string][]string `yaml:"-"`
	Guards Guards              `yaml:"-"`
	// RulesHash names the sections rules and sources as they are written (S20).
	RulesHash string `yaml:"-"`
	// Rate is what the plan's forecast of seconds reckons with. Filled from clerk.
	Rate Rate `yaml:"-"`
}

// Invitations are the settings of what missing_users: invite sends.
type Invitations struct {
	// ExpiresInDays is 1 to 365; 0 is Clerk's default of 30.
	ExpiresInDays int `yaml:"expires_in_days"`
	// RedirectURL is where the link in the mail leads; empty is Clerk's own page.
	RedirectURL string `yaml:"redirect_url"`
	// Notify is false to send no mail.
	Notify bool `yaml:"notify"`
	// Inviter is the user id that the mail names; an admin of the organization.
	Inviter string `yaml:"inviter"`
	// ResendAfter is how long after one has expired, or was refused, it is sent
	// again; 0 is never. ResendMost is how many times that is done.
	ResendAfter time.Duration `yaml:"resend_after"`
	ResendMost  int           `yaml:"resend_most"`
	// WhenChanged says what becomes of a pending one that is no longer as wanted.
	WhenChanged WhenChanged `yaml:"when_changed"`
}

// WhenChanged says what becomes of a pending invitation whose role or metadata
// are not what the directory wants by now.
type WhenChanged string

// The values of when_changed.
const (
	ChangedKeep  WhenChanged = "keep"  // it stays; who accepts is corrected by the next run
	ChangedRenew WhenChanged = "renew" // it is revoked and sent anew
)

// NeedsHistory is the key of the configuration that makes no sense without a
// memory of earlier runs; empty when there is none (S29).
func (c *Config) NeedsHistory() string {
	switch {
	case c.Grace > 0:
		return "grace"
	case c.Invitations.ResendAfter > 0:
		return "invitations.resend_after"
	}
	return ""
}

// Rate is a number of requests per window.
type Rate struct {
	Requests int
	Window   time.Duration
}

// Removals says whom rollcall may remove.
type Removals string

// The values of removals. Managed removes only members with our marker (S26).
const (
	RemovalsNone    Removals = "none"
	RemovalsManaged Removals = "managed"
	RemovalsAll     Removals = "all"
)

// MissingUsers says what happens to a desired person without a Clerk user.
type MissingUsers string

// The values of missing_users.
const (
	MissingReport MissingUsers = "report"
	MissingInvite MissingUsers = "invite"
	MissingCreate MissingUsers = "create"
)

// Ambiguous says what an ambiguous identity does (S06).
type Ambiguous string

// The values of ambiguous.
const (
	AmbiguousSkip Ambiguous = "skip"
	AmbiguousHold Ambiguous = "hold"
)

// IDChanged says what an address under a new stable id means (S02).
type IDChanged string

// The values of id_changed.
const (
	IDChangedHold IDChanged = "hold"
	IDChangedSame IDChanged = "same" // the same person; the marker is rewritten
	IDChangedNew  IDChanged = "new"  // the old id left; the new one has no user yet
)

// AdoptMode says whether memberships that are as desired get our marker (S26).
type AdoptMode string

// The values of adopt.
const (
	AdoptNone    AdoptMode = "none"
	AdoptMatched AdoptMode = "matched"
)

// Retire says what becomes of the members of an organization that is fed no more.
type Retire string

// The values of retire.
const (
	RetireKeep   Retire = "keep"
	RetireRemove Retire = "remove"
)

// RolesMode says what becomes of a role that was set by hand (S27).
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
	// Source limits the rule to one source; empty: any.
	Source string `yaml:"source"`
	// Organization is a slug or org_ id, or a template over the captures.
	Organization string `yaml:"organization"`
	// Role is a role key, or a template over the captures.
	Role string `yaml:"role"`
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

// UnmarshalYAML takes a list of names, or a mapping with match or glob, and base.
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

// Templates are the metadata that a rule manages: objects whose string leaves are templates.
type Templates struct {
	Public  map[string]any `yaml:"public"`
	Private map[string]any `yaml:"private"`
}

// Guards are the limits of S17. Each is "more than".
type Guards struct {
	Removals      Limit `yaml:"removals"`
	AdminLosses   Limit `yaml:"admin_losses"`
	AdminGrants   Limit `yaml:"admin_grants"`
	Adds          Limit `yaml:"adds"`
	RoleChanges   Limit `yaml:"role_changes"`
	MetadataNulls Limit `yaml:"metadata_nulls"`
	// SourceShrink is about groups: how much smaller than its baseline one may
	// be. It has no limits but percent and people.
	SourceShrink Limit `yaml:"source_shrink"`
}

// Limit is a guard's limit per organization (percent and people must both be
// exceeded, or half of at least Half people) and for the run.
type Limit struct {
	Percent int `yaml:"percent"`
	People  int `yaml:"people"`
	// Half is the number of people from which half of them is a breach; 0 is off.
	Half int `yaml:"half"`
	Run  int `yaml:"run"`
}

// DefaultConfig is what holds where the configuration is silent.
func DefaultConfig() Config {
	return Config{
		Owner: "rollcall", MissingUsers: MissingReport, Ambiguous: AmbiguousSkip,
		IDChanged: IDChangedHold, Adopt: AdoptNone, MinAdmins: 1, ErrorBudget: 50,
		Invitations: Invitations{Notify: true, ResendMost: 2, WhenChanged: ChangedKeep},
		Guards:      DefaultGuards(),
	}
}

// DefaultGuards are the limits of S17's table.
func DefaultGuards() Guards {
	return Guards{
		Removals:      Limit{Percent: 10, People: 5, Half: 2, Run: 500},
		AdminLosses:   Limit{People: 5, Half: 2, Run: 50},
		AdminGrants:   Limit{People: 5, Run: 50},
		Adds:          Limit{Percent: 30, People: 100, Run: 5000},
		RoleChanges:   Limit{Percent: 20, People: 20, Run: 1000},
		MetadataNulls: Limit{Percent: 10, People: 10, Run: 1000},
		SourceShrink:  Limit{Percent: 30, People: 5},
	}
}

// FieldError is a problem with one key of the configuration.
type FieldError struct {
	// Path is the YAML path below the section, such as "rules[2].role".
	Path    string
	Problem string
}

// Error gives the path and the problem.
func (e *FieldError) Error() string { return e.Path + ": " + e.Problem }

// YAMLPath is where the problem is; the configuration turns it into file:line:column.
func (e *FieldError) YAMLPath() string { return e.Path }
