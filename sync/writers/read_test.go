package writers

import (
	"context"
	"errors"
	"reflect"
	"testing"
	"time"

	"rollcall/clerkapi"
)

// instance answers the lists from memory.
type instance struct {
	connections []clerkapi.Connection
	domains     []clerkapi.Domain
	directories []clerkapi.Directory
	mappings    map[string][]clerkapi.GroupRoleMapping
	failed      map[string]error // by list
	asked       []string         // directories
}

func (c *instance) ActiveConnections(context.Context) ([]clerkapi.Connection, error) {
	return c.connections, c.failed[ListConnections]
}

func (c *instance) EnrollingDomains(context.Context) ([]clerkapi.Domain, error) {
	return c.domains, c.failed[ListDomains]
}

func (c *instance) Directories(context.Context) ([]clerkapi.Directory, error) {
	return c.directories, c.failed[ListDirectories]
}

func (c *instance) GroupRoleMappings(_ context.Context, id string) ([]clerkapi.GroupRoleMapping, error) {
	c.asked = append(c.asked, id)
	return c.mappings[id], c.failed[ListMappings]
}

// Each writer belongs to the organization that Clerk names for it, and what is
// switched off writes nothing (S30).
func TestS30WritersByOrganization(t *testing.T) {
	on := func(id, connection string) clerkapi.Directory {
		return clerkapi.Directory{ID: id, Name: id, ConnectionID: connection, Enabled: true, MapsRoles: true}
	}
	connection := clerkapi.Connection{ID: "c_a", Name: "Okta", OrganizationID: "a", Domains: []string{"corp.example"}}
	signIn := Writer{Kind: SignInConnection, Name: "Okta", Domains: []string{"corp.example"}}
	mapping := []clerkapi.GroupRoleMapping{{Role: "org:admin"}, {Role: "org:member"}, {Role: "org:admin"}, {}}
	off, flat := on("d_off", "c_a"), on("d_flat", "c_a")
	off.Enabled, flat.MapsRoles = false, false
	for name, x := range map[string]struct {
		clerk    instance
		of       map[string][]Writer
		instance []Writer
		asked    int
	}{
		"nothing":                  {of: map[string][]Writer{}},
		"a connection":             {clerk: instance{connections: []clerkapi.Connection{connection}}, of: map[string][]Writer{"a": {signIn}}},
		"a domain, no connection":  {clerk: instance{domains: []clerkapi.Domain{{OrganizationID: "b", Name: "b.example", Mode: "enterprise_sso"}}}, of: map[string][]Writer{}},
		"a domain, another's":      {clerk: instance{connections: []clerkapi.Connection{connection}, domains: []clerkapi.Domain{{OrganizationID: "b", Name: "b.example", Mode: "enterprise_sso"}}}, of: map[string][]Writer{"a": {signIn}}},
		"a domain of the instance": {clerk: instance{connections: []clerkapi.Connection{{ID: "c", Name: "All"}}, domains: []clerkapi.Domain{{OrganizationID: "b", Name: "b.example", Mode: "enterprise_sso"}}}, of: map[string][]Writer{"b": {{Kind: SignInDomain, Name: "b.example"}}}, instance: []Writer{{Kind: InstanceConnection, Name: "All"}}},
		"inviting and suggesting":  {clerk: instance{domains: []clerkapi.Domain{{OrganizationID: "b", Name: "b.example", Mode: "automatic_invitation"}, {OrganizationID: "b", Name: "c.example", Mode: "automatic_suggestion"}}}, of: map[string][]Writer{"b": {{Kind: InvitingDomain, Name: "b.example"}, {Kind: SuggestingDomain, Name: "c.example"}}}},
		"a mapping": {clerk: instance{connections: []clerkapi.Connection{connection}, directories: []clerkapi.Directory{on("d", "c_a")}, mappings: map[string][]clerkapi.GroupRoleMapping{"d": mapping}},
			of: map[string][]Writer{"a": {signIn, {Kind: RoleMapping, Name: "d", Roles: []string{"org:admin", "org:member"}}}}, asked: 1},
		"switched off": {clerk: instance{connections: []clerkapi.Connection{connection}, directories: []clerkapi.Directory{off, flat}}, of: map[string][]Writer{"a": {signIn}}},
		"no mappings":  {clerk: instance{connections: []clerkapi.Connection{connection}, directories: []clerkapi.Directory{on("d", "c_a")}}, of: map[string][]Writer{"a": {signIn}}, asked: 1},
		"unmanaged": {clerk: instance{connections: []clerkapi.Connection{{ID: "c_z", Name: "Z", OrganizationID: "z"}}, directories: []clerkapi.Directory{on("d", "c_z")}},
			of: map[string][]Writer{"z": {{Kind: SignInConnection, Name: "Z"}, {Kind: RoleMapping, Name: "d"}}}},
		"unattached": {clerk: instance{directories: []clerkapi.Directory{on("d", "c_gone")}, mappings: map[string][]clerkapi.GroupRoleMapping{"d": mapping}}, of: map[string][]Writer{},
			instance: []Writer{{Kind: UnattachedMapping, Name: "d", Roles: []string{"org:admin", "org:member"}}}, asked: 1},
	} {
		r := &Reader{Clerk: &x.clerk, Now: time.Now}
		got := r.Read(t.Context(), map[string]bool{"a": true, "b": true}, nil)
		if !reflect.DeepEqual(got.Organizations, x.of) || !reflect.DeepEqual(got.Instance, x.instance) || len(x.clerk.asked) != x.asked {
			t.Errorf("%s: %+v and %+v, %d mappings read; want %+v and %+v, %d", name, got.Organizations, got.Instance, len(x.clerk.asked), x.of, x.instance, x.asked)
		}
	}
}

// A list that Clerk refuses for good is empty. While one fails that may be readable
// soon, what an earlier run knew stays (S40).
func TestS40WhatWasKnownOutlivesAFailure(t *testing.T) {
	known := &Known{Organizations: map[string][]Writer{"a": {{Kind: SignInConnection, Name: "Okta"}}}}
	for name, x := range map[string]struct {
		err     error
		refused bool
	}{
		"403": {&clerkapi.Error{Status: 403, Code: "authorization_invalid"}, true},
		"402": {&clerkapi.Error{Status: 402}, true},
		"503": {&clerkapi.Error{Status: 503}, false},
		"cut": {errors.New("unexpected EOF"), false},
	} {
		r := &Reader{Clerk: &instance{failed: map[string]error{ListDirectories: x.err}}, Now: time.Now}
		got := r.Read(t.Context(), nil, known)
		if len(got.Unread) != 1 || got.Unread[0].List != ListDirectories || got.Unread[0].Refused != x.refused || got.Failed() == x.refused {
			t.Errorf("%s: %+v", name, got.Unread)
		}
		if kept := len(got.Of("a")) == 1; kept == x.refused {
			t.Errorf("%s: what was known is kept: %t", name, kept)
		}
	}
}

// A connection leads to its domains and their subdomains, a domain to itself, and
// anybody may come of whom no address is known (S30).
func TestS30AddsAtSignIn(t *testing.T) {
	connection := &Writer{Kind: SignInConnection, Domains: []string{"Corp.example"}}
	domain := &Writer{Kind: SignInDomain, Name: "Corp.example"}
	for _, x := range []struct {
		of        *Writer
		addresses []string
		want      bool
	}{
		{connection, []string{"a@corp.example"}, true}, {connection, []string{"a@sub.corp.example"}, true}, {connection, []string{"a@xcorp.example"}, false},
		{connection, []string{"a@home.example", "a@corp.example"}, true}, {connection, nil, true}, {&Writer{Kind: SignInConnection}, []string{"a@home.example"}, true},
		{domain, []string{"a@corp.example"}, true}, {domain, []string{"a@sub.corp.example"}, false}, {domain, nil, true},
		{&Writer{Kind: InvitingDomain, Name: "corp.example"}, []string{"a@corp.example"}, false}, {&Writer{Kind: RoleMapping}, nil, false},
	} {
		if got := x.of.AddsAtSignIn(x.addresses); got != x.want {
			t.Errorf("%+v with %q: %t, want %t", x.of, x.addresses, got, x.want)
		}
	}
}

// The text of a writer says what it does: whoever approves reads it (S30).
func TestS30TextsOfWriters(t *testing.T) {
	for _, x := range []struct {
		writer Writer
		maps   bool
		want   string
	}{
		{Writer{Kind: SignInConnection, Name: "Okta", Domains: []string{"a.example", "b.example"}}, false, "the enterprise connection Okta (a.example, b.example) adds members at sign-in"},
		{Writer{Kind: SignInConnection, Name: "Okta", NoAccounts: true}, false, "the enterprise connection Okta may add existing accounts as members at sign-in"},
		{Writer{Kind: SignInDomain, Name: "a.example"}, false, "the verified domain a.example adds members who sign in through an enterprise connection"},
		{Writer{Kind: InvitingDomain, Name: "a.example"}, false, "Clerk invites everybody with an address of the verified domain a.example"},
		{Writer{Kind: SuggestingDomain, Name: "a.example"}, false, "Clerk suggests the organization to everybody with an address of the verified domain a.example"},
		{Writer{Kind: RoleMapping, Name: "Entra", Roles: []string{"org:admin", "org:member"}}, true, "the group role mappings (org:admin, org:member) of Clerk's directory Entra add members and set roles again with each sync"},
		{Writer{Kind: RoleMapping, Name: "Entra"}, true, "the group role mappings of Clerk's directory Entra add members and set roles again with each sync"},
		{Writer{Kind: UnattachedMapping, Name: "Entra"}, true, "Clerk's directory Entra has group role mappings and no active enterprise connection, so its organization is not known: it may add members and set roles here"},
		{Writer{Kind: InstanceConnection, Name: "Okta"}, false, "the enterprise connection Okta of the whole instance is active"},
		{Writer{Kind: "later", Name: "x"}, false, "later x"},
	} {
		if x.writer.Text() != x.want || x.writer.MapsRoles() != x.maps {
			t.Errorf("%+v: %q, maps roles: %t", x.writer, x.writer.Text(), x.writer.MapsRoles())
		}
	}
}
