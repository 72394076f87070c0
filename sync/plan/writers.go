package plan

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"
)

// Writer is something in Clerk, besides rollcall, that makes members of an
// organization or sets their roles.
type Writer struct {
	Kind WriterKind `json:"kind"`
	// Name is that of the connection or directory, or the domain.
	Name string `json:"name"`
	// Domains are those of a connection; none is any domain.
	Domains []string `json:"domains,omitempty"`
	// Roles are those that mappings give, the strongest first. None is unknown.
	Roles []string `json:"roles,omitempty"`
	// NoAccounts says that a sign-in through the connection makes no accounts.
	// Clerk does not document whether it makes members of people who have one.
	NoAccounts bool `json:"no_accounts,omitempty"`
}

// WriterKind is what a writer does.
type WriterKind string

// The kinds of writers.
const (
	// SignInConnection is an active enterprise connection of the organization: people
	// become members when they sign in through it.
	SignInConnection WriterKind = "connection"
	// SignInDomain is a verified domain of the organization in the mode
	// enterprise_sso, where a connection is active that can lead there.
	SignInDomain WriterKind = "sign_in_domain"
	// InvitingDomain is a verified domain whose people Clerk invites.
	InvitingDomain WriterKind = "inviting_domain"
	// SuggestingDomain is a verified domain to whose people Clerk suggests the
	// organization.
	SuggestingDomain WriterKind = "suggesting_domain"
	// RoleMapping is a directory of Clerk's own directory sync with group role
	// mappings in force. Each sync resolves memberships and roles anew.
	RoleMapping WriterKind = "role_mapping"
	// UnattachedMapping is such a directory whose enterprise connection is not active,
	// so that Clerk's lists do not say which organization it is for.
	UnattachedMapping WriterKind = "unattached_mapping"
	// InstanceConnection is an active enterprise connection of the whole instance.
	// It belongs to no organization.
	InstanceConnection WriterKind = "instance_connection"
)

// MapsRoles reports whether mappings resolve memberships and roles.
func (w *Writer) MapsRoles() bool { return w.Kind == RoleMapping || w.Kind == UnattachedMapping }

// AddsAtSignIn reports whether a sign-in may make a member of a user with the
// addresses; none is a user of whom no address is known. A connection leads to
// the people of its domains and their subdomains, a domain to its own.
func (w *Writer) AddsAtSignIn(addresses []string) bool {
	switch w.Kind {
	case SignInConnection:
		return len(w.Domains) == 0 || len(addresses) == 0 || slices.ContainsFunc(addresses, w.hasDomainOf)
	case SignInDomain:
		return len(addresses) == 0 || slices.ContainsFunc(addresses, func(a string) bool { return domainOf(a) == strings.ToLower(w.Name) })
	case InvitingDomain, SuggestingDomain, RoleMapping, UnattachedMapping, InstanceConnection:
	}
	return false
}

func (w *Writer) hasDomainOf(address string) bool {
	of := domainOf(address)
	return slices.ContainsFunc(w.Domains, func(d string) bool {
		d = strings.ToLower(d)
		return of == d || strings.HasSuffix(of, "."+d)
	})
}

func domainOf(address string) string {
	_, domain, _ := strings.Cut(strings.ToLower(address), "@")
	return domain
}

// Text says what the writer does; for an organization that rollcall keeps.
func (w *Writer) Text() string {
	switch w.Kind {
	case SignInConnection:
		if w.NoAccounts {
			return fmt.Sprintf("the enterprise connection %s may add existing accounts as members at sign-in", w.named())
		}
		return fmt.Sprintf("the enterprise connection %s adds members at sign-in", w.named())
	case SignInDomain:
		return fmt.Sprintf("the verified domain %s adds members who sign in through an enterprise connection", w.Name)
	case InvitingDomain:
		return fmt.Sprintf("Clerk invites everybody with an address of the verified domain %s", w.Name)
	case SuggestingDomain:
		return fmt.Sprintf("Clerk suggests the organization to everybody with an address of the verified domain %s", w.Name)
	case RoleMapping:
		roles := ""
		if len(w.Roles) > 0 {
			roles = " (" + strings.Join(w.Roles, ", ") + ")"
		}
		return fmt.Sprintf("the group role mappings%s of Clerk's directory %s add members and set roles again with each sync", roles, w.Name)
	case UnattachedMapping:
		return fmt.Sprintf("Clerk's directory %s has group role mappings and no active enterprise connection, so its organization is not known: it may add members and set roles here", w.Name)
	case InstanceConnection:
		return fmt.Sprintf("the enterprise connection %s of the whole instance is active", w.named())
	}
	return string(w.Kind) + " " + w.Name
}

func (w *Writer) named() string {
	if len(w.Domains) == 0 {
		return w.Name
	}
	return w.Name + " (" + strings.Join(w.Domains, ", ") + ")"
}

// Writers is what Clerk says of other writers, for the whole instance.
type Writers struct {
	ReadAt        time.Time           `json:"read_at"`
	Organizations map[string][]Writer `json:"organizations,omitempty"` // by org_ id
	Instance      []Writer            `json:"instance,omitempty"`
	Unread        []UnreadList        `json:"unread,omitempty"`
}

// The names of the lists of writers.
const (
	ListDirectories = "directories"
	ListMappings    = "group role mappings"
	ListConnections = "enterprise connections"
	ListDomains     = "verified domains that add people"
)

// UnreadList is a list of writers that Clerk did not give. Nothing waits for it:
// whatever is on the list is found out as without it (S40).
type UnreadList struct {
	List string `json:"list"`
	// Refused says that Clerk refused the list, as it does where the plan or the key
	// lacks the feature. Status is the answer's.
	Refused bool   `json:"refused,omitempty"`
	Status  int    `json:"status,omitempty"`
	Text    string `json:"text"`
}

// Failed reports whether a list could not be read that may be readable soon.
func (w *Writers) Failed() bool {
	return w != nil && slices.ContainsFunc(w.Unread, func(u UnreadList) bool { return !u.Refused })
}

// Of are the writers of an organization; w may be nil. Those of the whole instance
// are among them if they may lead to any organization.
func (w *Writers) Of(organization string) []Writer {
	if w == nil {
		return nil
	}
	list := w.Organizations[organization]
	for i := range w.Instance {
		if w.Instance[i].Kind == UnattachedMapping {
			list = append(slices.Clip(list), w.Instance[i])
		}
	}
	return list
}

// Risks are what Clerk may do about a change; the zero value is nothing. Clerk
// says which writers an organization has, and never which memberships are theirs:
// the members of a directory's groups are not readable. So a risk is always "may",
// and no change is left out for one.
type Risks uint8

// The risks.
const (
	// ReturnsAtSignIn: the removed person may be a member again after signing in.
	ReturnsAtSignIn Risks = 1 << iota
	// AddedBySync: a group role mapping may add the removed person again.
	AddedBySync
	// MayBeManaged: a group role mapping may give the role. Clerk then refuses to
	// change it (409 organization_membership_managed_by_scim).
	MayBeManaged
)

var riskTable = []struct {
	risk       Risks
	word, text string
}{
	{ReturnsAtSignIn, "returns_at_sign_in", "may be added again at the next sign-in: remove the person at the identity provider too"},
	{AddedBySync, "added_by_sync", "Clerk's directory sync may refuse the removal or add the person again: take the person out of the mapped group"},
	{MayBeManaged, "may_be_managed", "Clerk's directory sync may manage this role, and Clerk then refuses the change"},
}

// Has reports whether the set has a risk.
func (r Risks) Has(risk Risks) bool { return r&risk != 0 }

// Texts are the sentences of the risks.
func (r Risks) Texts() []string {
	var out []string
	for _, row := range riskTable {
		if r.Has(row.risk) {
			out = append(out, row.text)
		}
	}
	return out
}

// MarshalJSON writes the words of the risks.
func (r Risks) MarshalJSON() ([]byte, error) {
	words := []string{}
	for _, row := range riskTable {
		if r.Has(row.risk) {
			words = append(words, row.word)
		}
	}
	return json.Marshal(words)
}

// UnmarshalJSON reads words of risks. A later version may have more of them: those
// are left out, since nothing is decided by a risk.
func (r *Risks) UnmarshalJSON(raw []byte) error {
	var words []string
	if err := json.Unmarshal(raw, &words); err != nil {
		return fmt.Errorf("read risks: %w", err)
	}
	for _, row := range riskTable {
		if slices.Contains(words, row.word) {
			*r |= row.risk
		}
	}
	return nil
}
