package sandbox

import "net/http"

// rollcall calls about half of the routes below. The others stay because other
// programs need them: Clerk's official clients run on the sandbox unchanged, and
// tests and scripts make the changes through them that happen while rollcall
// runs, such as bans, locks, new organizations and metadata by PUT. They cost
// about 900 lines.

// route is one operation of the API.
type route struct {
	method, pattern string
	endpoint        func(*call) *failure
	write           bool // changes the state
	organizations   bool // belongs to the feature that an instance can turn off
}

func (r route) kind() string { return r.method + " " + r.pattern }

const (
	orgPath    = "/organizations/{organization_id}"
	memberPath = orgPath + "/memberships/{user_id}"
	invitePath = orgPath + "/invitations"
	userPath   = "/users/{user_id}"
)

// operations are the operations that the sandbox serves.
func operations() []route { return append(memberOperations(), accessOperations()...) }

// memberOperations are those on organizations, their members, and users.
func memberOperations() []route {
	get, post, patch := http.MethodGet, http.MethodPost, http.MethodPatch
	put, del := http.MethodPut, http.MethodDelete
	return []route{
		{get, "/instance", getInstance, false, false},
		{get, "/instance/organization_settings", getOrganizationSettings, false, false},

		{get, "/organization_memberships", listAllMemberships, false, true},
		{get, orgPath + "/memberships", listMemberships, false, true},
		{post, orgPath + "/memberships", createMembership, true, true},
		{patch, memberPath, updateRole, true, true},
		{del, memberPath, deleteMembership, true, true},
		{patch, memberPath + "/metadata", mergeMembershipMetadata, true, true},

		{get, "/organizations", listOrganizations, false, true},
		{post, "/organizations", createOrganization, true, true},
		{get, orgPath, getOrganization, false, true},
		{patch, orgPath, updateOrganization, true, true},
		{del, orgPath, deleteOrganization, true, true},
		{patch, orgPath + "/metadata", mergeOrganizationMetadata, true, true},
		{put, orgPath + "/metadata", replaceOrganizationMetadata, true, true},

		{get, "/organization_roles", listRoles, false, true},
		{get, "/role_sets", listRoleSets, false, true},
		{get, "/role_sets/{role_set_key_or_id}", getRoleSet, false, true},

		{get, "/organization_domains", listDomains, false, true},
		{get, "/enterprise_connections", listConnections, false, false},

		{get, "/organization_invitations", listAllInvitations, false, true},
		{get, invitePath, listInvitations, false, true},
		{post, invitePath, createInvitation, true, true},
		{post, invitePath + "/bulk", createInvitations, true, true},
		{get, invitePath + "/{invitation_id}", getInvitation, false, true},
		{post, invitePath + "/{invitation_id}/revoke", revokeInvitation, true, true},

		{get, "/users", listUsers, false, false},
		{get, "/users/count", countUsers, false, false},
		{post, "/users", createUser, true, false},
		{post, "/users/ban", banUsers, true, false},
		{post, "/users/unban", unbanUsers, true, false},
		{get, userPath, getUser, false, false},
		{patch, userPath, updateUser, true, false},
		{del, userPath, deleteUser, true, false},
		{post, userPath + "/ban", banUser, true, false},
		{post, userPath + "/unban", unbanUser, true, false},
		{post, userPath + "/lock", lockUser, true, false},
		{post, userPath + "/unlock", unlockUser, true, false},
		{patch, userPath + "/metadata", mergeUserMetadata, true, false},
		{put, userPath + "/metadata", replaceUserMetadata, true, false},
		{get, userPath + "/organization_memberships", listUserMemberships, false, true},
	}
}

// accessOperations are those on directories, subscriptions, sessions and API keys.
func accessOperations() []route {
	get, post := http.MethodGet, http.MethodPost
	return []route{
		{get, "/directories", listDirectories, false, false},
		{get, "/directories/{directory_id}/group_role_mappings", listGroupRoleMappings, false, false},
		{get, orgPath + "/billing/subscription", getSubscription, false, true},
		{get, "/sessions", listSessions, false, false},
		{get, "/sessions/{session_id}", getSession, false, false},
		{post, "/sessions/{session_id}/revoke", revokeSession, true, false},
		{get, "/api_keys", listKeys, false, false},
		{post, "/api_keys/{apiKeyID}/revoke", revokeKey, true, false},
	}
}

func (s *Server) routes() *http.ServeMux {
	mux := http.NewServeMux()
	for _, r := range operations() {
		mux.HandleFunc(r.method+" /v1"+r.pattern, s.serve(r))
	}
	for _, method := range []string{http.MethodGet, http.MethodPost, http.MethodPatch, http.MethodPut, http.MethodDelete} {
		mux.HandleFunc(method+" /v1/", s.serve(route{method, "/", noEndpoint, false, false}))
	}
	control{s}.register(mux)
	return mux
}

// noEndpoint answers what the sandbox does not serve.
func noEndpoint(c *call) *failure {
	return refuse(http.StatusNotFound, "resource_not_found", "the sandbox does not serve "+c.r.Method+" "+c.r.URL.Path)
}
