package writers

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"

	"rollcall/clerkapi"
)

// Clerk is the part of the Clerk Backend API that this package needs. Each list is
// whole or an error (S09).
type Clerk interface {
	// Directories lists the directories of Clerk's own directory sync.
	Directories(ctx context.Context) ([]clerkapi.Directory, error)
	// GroupRoleMappings lists the mappings of a directory, the strongest first.
	GroupRoleMappings(ctx context.Context, directory string) ([]clerkapi.GroupRoleMapping, error)
	// ActiveConnections lists the enterprise connections that people can sign in
	// through.
	ActiveConnections(ctx context.Context) ([]clerkapi.Connection, error)
	// EnrollingDomains lists the verified domains that bring people in.
	EnrollingDomains(ctx context.Context) ([]clerkapi.Domain, error)
}

// patience is how long a run waits for the lists. Losses must not wait for them
// longer (S39): three lists take well under a second.
const (
	patience = 10 * time.Second
	// share is how much longer it waits for each directory with mappings, of which
	// mappingReads are read at once.
	share        = 250 * time.Millisecond
	mappingReads = 8
)

// Reader reads other writers.
type Reader struct {
	Clerk Clerk
	Now   func() time.Time
	// Patience replaces the wait for the lists; 0 is 10 seconds.
	Patience time.Duration
}

// Read reads the writers of the whole instance: three lists, and the mappings of
// each directory that maps roles in one of the managed organizations. While a list
// fails, what an earlier run knew (nil: nothing) stays.
func (r *Reader) Read(ctx context.Context, managed map[string]bool, known *Known) *Known {
	asking, cancel := context.WithTimeout(ctx, cmp.Or(r.Patience, patience))
	defer cancel()
	l := &lists{}
	var group errgroup.Group
	var errs [3]error
	group.Go(func() error { l.connections, errs[0] = r.Clerk.ActiveConnections(asking); return nil })
	group.Go(func() error { l.domains, errs[1] = r.Clerk.EnrollingDomains(asking); return nil })
	group.Go(func() error { l.directories, errs[2] = r.Clerk.Directories(asking); return nil })
	_ = group.Wait() // each list has its error
	l.unread(ListConnections, errs[0])
	l.unread(ListDomains, errs[1])
	l.unread(ListDirectories, errs[2])
	l.index()
	r.readMappings(ctx, l, managed)
	out := &Known{ReadAt: r.Now().UTC().Truncate(time.Second), Unread: l.failed}
	if out.Failed() && known != nil {
		out.Organizations, out.Instance = known.Organizations, known.Instance
		return out
	}
	out.Organizations, out.Instance = l.byOrganization()
	return out
}

// lists are the answers of Clerk.
type lists struct {
	connections []clerkapi.Connection
	domains     []clerkapi.Domain
	directories []clerkapi.Directory
	failed      []Unread
	// organizations are those of the connections, by connection.
	organizations map[string]string
	// mappings are by directory; a directory without an entry was not asked for.
	mappings map[string][]clerkapi.GroupRoleMapping
}

// unread notes that Clerk did not give a list. An instance without the feature
// answers 402, 403 or 404, which says nothing about the secret key.
func (l *lists) unread(list string, err error) {
	if err == nil {
		return
	}
	u := Unread{List: list, Text: err.Error()}
	if e, ok := errors.AsType[*clerkapi.Error](err); ok {
		u.Status = e.Status
		u.Refused = slices.Contains([]int{401, 402, 403, 404}, e.Status)
	}
	l.failed = append(l.failed, u)
}

func (l *lists) index() {
	l.organizations, l.mappings = map[string]string{}, map[string][]clerkapi.GroupRoleMapping{}
	for i := range l.connections {
		l.organizations[l.connections[i].ID] = l.connections[i].OrganizationID
	}
}

// readMappings reads the mappings of the directories that matter. The first
// failure ends it: the other directories are then taken to map some roles.
func (r *Reader) readMappings(ctx context.Context, l *lists, managed map[string]bool) {
	var asked []string
	for i := range l.directories {
		d := &l.directories[i]
		if id, active := l.organizations[d.ConnectionID]; d.Enabled && d.MapsRoles && (!active || managed[id]) {
			asked = append(asked, d.ID)
		}
	}
	ctx, cancel := context.WithTimeout(ctx, cmp.Or(r.Patience, patience)+time.Duration(len(asked))*share)
	defer cancel()
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(mappingReads)
	found := make([][]clerkapi.GroupRoleMapping, len(asked))
	for i, id := range asked {
		group.Go(func() (err error) {
			found[i], err = r.Clerk.GroupRoleMappings(ctx, id)
			return err
		})
	}
	err := group.Wait()
	if err != nil {
		l.unread(ListMappings, err)
		return
	}
	for i, id := range asked {
		l.mappings[id] = found[i]
	}
}

// byOrganization sorts the writers by organization, and lists those of the whole
// instance.
func (l *lists) byOrganization() (of map[string][]Writer, instance []Writer) {
	of = map[string][]Writer{}
	add := func(id string, w Writer) { of[id] = append(of[id], w) }
	for i := range l.connections {
		n := &l.connections[i]
		w := Writer{Kind: SignInConnection, Name: n.Name, Domains: n.Domains, NoAccounts: n.NoJIT}
		if n.OrganizationID == "" {
			w.Kind = InstanceConnection
			instance = append(instance, w)
			continue
		}
		add(n.OrganizationID, w)
	}
	for _, d := range l.domains {
		if kind := l.domainKind(d); kind != "" {
			add(d.OrganizationID, Writer{Kind: kind, Name: d.Name})
		}
	}
	for i := range l.directories {
		d := &l.directories[i]
		mappings, asked := l.mappings[d.ID]
		if !d.Enabled || !d.MapsRoles || asked && len(mappings) == 0 {
			continue
		}
		w := Writer{Kind: RoleMapping, Name: cmp.Or(d.Name, d.ID), Roles: rolesOf(mappings)}
		if id, active := l.organizations[d.ConnectionID]; id != "" {
			add(id, w)
		} else if !active {
			w.Kind = UnattachedMapping
			instance = append(instance, w)
		}
	}
	return of, instance
}

// domainKind is what a domain does; empty if it does nothing, because no
// connection leads to its organization.
func (l *lists) domainKind(d clerkapi.Domain) Kind {
	switch d.Mode {
	case "automatic_invitation":
		return InvitingDomain
	case "automatic_suggestion":
		return SuggestingDomain
	case "enterprise_sso":
		leads := func(n clerkapi.Connection) bool {
			return n.OrganizationID == "" || n.OrganizationID == d.OrganizationID
		}
		unknown := slices.ContainsFunc(l.failed, func(u Unread) bool { return u.List == ListConnections })
		if unknown || slices.ContainsFunc(l.connections, leads) {
			return SignInDomain
		}
	}
	return ""
}

// rolesOf are the roles of mappings, each once, in their precedence.
func rolesOf(mappings []clerkapi.GroupRoleMapping) []string {
	var out []string
	for i := range mappings {
		if role := mappings[i].Role; role != "" && !slices.Contains(out, role) {
			out = append(out, role)
		}
	}
	return out
}
