package clerkapi

import (
	"rollcall/clerkapi/internal/accounts"
	"rollcall/clerkapi/internal/enroll"
	"rollcall/clerkapi/internal/network"
	"rollcall/clerkapi/internal/secret"
)

// What the configuration holds.
type (
	// Secret is a value that must not be shown.
	Secret = secret.Secret
	// Network says how Clerk is reached from a network that does not let everybody out.
	Network = network.Network
)

// NewSecret wraps a value that was read from a file or the environment.
func NewSecret(value string) Secret { return secret.New(value) }

// What the calls of the inner packages return.
type (
	// Domain is an e-mail domain of an organization.
	Domain = enroll.Domain
	// Connection is an enterprise connection: SAML or OpenID Connect.
	Connection = enroll.Connection
	// Directory is a directory of Clerk's own directory sync.
	Directory = enroll.Directory
	// GroupRoleMapping gives the members of a directory's group a role.
	GroupRoleMapping = enroll.GroupRoleMapping
	// Session is a session of a user.
	Session = accounts.Session
	// APIKey is an API key of a user, without its secret.
	APIKey = accounts.APIKey
)

// The calls of the inner packages, as parts of a [Client].
type (
	enrollCalls  = enroll.Calls
	accountCalls = accounts.Calls
)
