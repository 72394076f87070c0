package writers

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"

	"rollcall/clerkapi"
	"rollcall/sync/plan"
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
// longer (S39): three lists and a few mappings take well under a second.
const patience = 10 * time.Second

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
func (r *Reader) Read(ctx context.Context, managed map[string]bool, known *plan.Writers) *plan.Writers {
	asking, cancel := context.WithTimeout(ctx, cmp.Or(r.Patience, patience))
	defer cancel()
	l := &lists{}
	var group errgroup.Group
	var errs [3]error
	group.Go(func() error { l.connections, errs[0] = r.Clerk.ActiveConnections(asking); return nil })
	group.Go(func() error { l.domains, errs[1] = r.Clerk.EnrollingDomains(asking); return nil })
	group.Go(func() error { l.directories, errs[2] = r.Clerk.Directories(asking); return nil })
	_ = group.Wait() // each list has its error
	l.unread(plan.ListConnections, errs[0])
	l.unread(plan.ListDomains, errs[1])
	l.unread(plan.ListDirectories, errs[2])
	l.index()
	r.readMappings(asking, l, managed)
	out := &plan.Writers{ReadAt: r.Now().UTC().Truncate(time.Second), Unread: l.failed}
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
	failed      []plan.UnreadList
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
	u := plan.UnreadList{List: list, Text: err.Error()}
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
	for i := range l.directories {
		d := &l.directories[i]
		id, active := l.organizations[d.ConnectionID]
		if !d.Enabled || !d.MapsRoles || active && !managed[id] {
			continue
		}
		mappings, err := r.Clerk.GroupRoleMappings(ctx, d.ID)
		if err != nil {
			l.unread(plan.ListMappings, err)
			return
		}
		l.mappings[d.ID] = mappings
	}
}

// byOrganization sorts the writers by organization, and lists those of the whole
// instance.
func (l *lists) byOrganization() (of map[string][]plan.Writer, instance []plan.Writer) {
	of = map[string][]plan.Writer{}
	add := func(id string, w plan.Writer) { of[id] = append(of[id], w) }
	for i := range l.connections {
		n := &l.connections[i]
		w := plan.Writer{Kind: plan.SignInConnection, Name: n.Name, Domains: n.Domains, NoAccounts: n.NoJIT}
		if n.OrganizationID == "" {
			w.Kind = plan.InstanceConnection
			instance = append(instance, w)
			continue
		}
		add(n.OrganizationID, w)
	}
	for _, d := range l.domains {
		if kind := l.domainKind(d); kind != "" {
			add(d.OrganizationID, plan.Writer{Kind: kind, Name: d.Name})
		}
	}
	for i := range l.directories {
		d := &l.directories[i]
		mappings, asked := l.mappings[d.ID]
		if !d.Enabled || !d.MapsRoles || asked && len(mappings) == 0 {
			continue
		}
		w := plan.Writer{Kind: plan.RoleMapping, Name: cmp.Or(d.Name, d.ID), Roles: rolesOf(mappings)}
		if id, active := l.organizations[d.ConnectionID]; id != "" {
			add(id, w)
		} else if !active {
			w.Kind = plan.UnattachedMapping
			instance = append(instance, w)
		}
	}
	return of, instance
}

// domainKind is what a domain does; empty if it does nothing, because no
// connection leads to its organization.
func (l *lists) domainKind(d clerkapi.Domain) plan.WriterKind {
	switch d.Mode {
	case "automatic_invitation":
		return plan.InvitingDomain
	case "automatic_suggestion":
		return plan.SuggestingDomain
	case "enterprise_sso":
		leads := func(n clerkapi.Connection) bool {
			return n.OrganizationID == "" || n.OrganizationID == d.OrganizationID
		}
		unknown := slices.ContainsFunc(l.failed, func(u plan.UnreadList) bool { return u.List == plan.ListConnections })
		if unknown || slices.ContainsFunc(l.connections, leads) {
			return plan.SignInDomain
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
