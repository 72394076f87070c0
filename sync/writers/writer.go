package writers

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// Writer is something in Clerk, besides rollcall, that makes members of an
// organization or sets their roles.
type Writer struct {
	Kind Kind `json:"kind"`
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

// Kind is what a writer does.
type Kind string

// The kinds of writers.
const (
	// SignInConnection is an active enterprise connection of the organization: people
	// become members when they sign in through it.
	SignInConnection Kind = "connection"
	// SignInDomain is a verified domain of the organization in the mode
	// enterprise_sso, where a connection is active that can lead there.
	SignInDomain Kind = "sign_in_domain"
	// InvitingDomain is a verified domain whose people Clerk invites.
	InvitingDomain Kind = "inviting_domain"
	// SuggestingDomain is a verified domain to whose people Clerk suggests the
	// organization.
	SuggestingDomain Kind = "suggesting_domain"
	// RoleMapping is a directory of Clerk's own directory sync with group role
	// mappings in force. Each sync resolves memberships and roles anew.
	RoleMapping Kind = "role_mapping"
	// UnattachedMapping is such a directory whose enterprise connection is not active,
	// so that Clerk's lists do not say which organization it is for.
	UnattachedMapping Kind = "unattached_mapping"
	// InstanceConnection is an active enterprise connection of the whole instance.
	// It belongs to no organization.
	InstanceConnection Kind = "instance_connection"
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

// Known is what Clerk says of other writers, for the whole instance.
type Known struct {
	ReadAt        time.Time           `json:"read_at"`
	Organizations map[string][]Writer `json:"organizations,omitempty"` // by org_ id
	Instance      []Writer            `json:"instance,omitempty"`
	Unread        []Unread            `json:"unread,omitempty"`
}

// The names of the lists of writers.
const (
	ListDirectories = "directories"
	ListMappings    = "group role mappings"
	ListConnections = "enterprise connections"
	ListDomains     = "verified domains that add people"
)

// Unread is a list of writers that Clerk did not give. Nothing waits for it:
// whatever is on the list is found out as without it (S40).
type Unread struct {
	List string `json:"list"`
	// Refused says that Clerk refused the list, as it does where the plan or the key
	// lacks the feature. Status is the answer's.
	Refused bool   `json:"refused,omitempty"`
	Status  int    `json:"status,omitempty"`
	Text    string `json:"text"`
}

// Failed reports whether a list could not be read that may be readable soon.
func (k *Known) Failed() bool {
	return k != nil && slices.ContainsFunc(k.Unread, func(u Unread) bool { return !u.Refused })
}

// Of are the writers of an organization; k may be nil. Those of the whole instance
// are among them if they may lead to any organization.
func (k *Known) Of(organization string) []Writer {
	if k == nil {
		return nil
	}
	list := k.Organizations[organization]
	for i := range k.Instance {
		if k.Instance[i].Kind == UnattachedMapping {
			list = append(slices.Clip(list), k.Instance[i])
		}
	}
	return list
}
