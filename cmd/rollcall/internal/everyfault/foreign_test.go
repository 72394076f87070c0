package everyfault

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"strings"

	"rollcall/clerkapi/sandbox"
)

// parts are those of a path of Clerk's API.
func parts(path string) []string {
	return strings.Split(strings.Trim(strings.TrimPrefix(path, "/v1"), "/"), "/")
}

// part is one of them, or nothing.
func part(p []string, i int) string {
	if i < len(p) {
		return p[i]
	}
	return ""
}

// foreign makes the change by somebody else that suits a request: what the request is
// about to do, or the opposite, or a member by hand while a list is read. It masks what
// may differ in the end because of that.
func (s *story) foreign(r *http.Request) {
	p := parts(r.URL.Path)
	in := body(r)
	organization, user := part(p, 1), part(p, 3)
	switch {
	case r.Method == http.MethodGet:
		s.stranger(p)
	case part(p, 0) == "users":
		s.foreignAccount(p, in)
	case part(p, 0) == "sessions", part(p, 0) == "api_keys": // nobody else ends a single one
	case r.Method == http.MethodDelete, r.Method == http.MethodPatch:
		s.taken = append(s.taken, slug(organization)+" "+addresses(s.clerk.Snapshot())[user])
		s.must(s.clerk.RemoveMembership(organization, user))
	case part(p, 2) == "memberships":
		s.must(s.clerk.AddMembership(sandbox.Membership{OrganizationID: organization, UserID: in.UserID, Role: in.Role}))
		address := addresses(s.clerk.Snapshot())[in.UserID]
		s.mask(slug(organization) + " " + address)
		s.mask("account " + address) // a member by hand keeps the account
		s.mask("fact mover ")        // no membership bears the marker
		s.mask("fact settled_exception ")
	case part(p, 4) == "revoke":
		_, err := s.clerk.AcceptInvitation(user, "")
		s.must(err)
		for _, i := range s.clerk.Snapshot().Invitations {
			if i.ID == user {
				s.mask(i.Email) // it has an account now
			}
		}
	case part(p, 2) == "invitations":
		_, err := s.clerk.Invite(organization, in.Email, in.Role)
		s.must(err)
		s.mask(slug(organization) + " " + in.Email)
	default:
		s.t.Errorf("nobody else has a change for %s %s", r.Method, r.URL.Path)
	}
}

// stranger makes somebody a member by hand whom no source knows.
func (s *story) stranger(p []string) {
	organization := part(p, 1)
	if part(p, 0) != "organizations" || organization == "org_acme" {
		organization = "org_beta" // seats and exclusive memberships are those of acme
	}
	_ = s.clerk.AddMembership(sandbox.Membership{OrganizationID: organization, UserID: "user_stranger", Role: "org:member"}) // a member already, after the second fault of a pair
	s.mask("stranger@corp.example")
	s.must(s.clerk.AddEmail("user_boss", sandbox.EmailAddress{Address: "boss@other.example"}, false))
	s.mask("account boss@")
}

// foreignAccount does what a call is about to do with an account.
func (s *story) foreignAccount(p []string, in written) {
	switch user := part(p, 1); part(p, 2) {
	case "ban":
		s.must(s.clerk.SetFlags(user, sandbox.Flags{Banned: new(true)}))
	case "lock":
		s.must(s.clerk.SetFlags(user, sandbox.Flags{Locked: new(true)}))
	case "unban":
		s.must(s.clerk.SetFlags(user, sandbox.Flags{Banned: new(false)}))
	case "unlock":
		s.must(s.clerk.SetFlags(user, sandbox.Flags{Locked: new(false)}))
	case "":
		_, err := s.clerk.AddUser(sandbox.User{ID: "user_signedup", Email: in.Address[0]})
		s.must(err)
		s.mask("account " + in.Address[0])
	default:
		s.t.Errorf("nobody else has a change for %v", p)
	}
}

func (s *story) must(err error) {
	s.t.Helper()
	if err != nil {
		s.t.Errorf("a change by somebody else: %v", err)
	}
}

func (s *story) mask(line string) { s.masked = append(s.masked, line) }

// written is what a request wants to write.
type written struct {
	UserID  string   `json:"user_id"`
	Role    string   `json:"role"`
	Email   string   `json:"email_address"`
	Address []string `json:"-"`
}

// body reads the body of a request, and leaves it for others to read.
func body(r *http.Request) (in written) {
	if r.Body == nil {
		return in
	}
	b, err := io.ReadAll(r.Body)
	if err != nil {
		return in
	}
	r.Body = io.NopCloser(bytes.NewReader(b))
	return parse(b)
}

// parse reads the first of several bodies of a bulk call.
func parse(b []byte) (in written) {
	var all []json.RawMessage
	if json.Unmarshal(b, &all) == nil && len(all) > 0 {
		b = all[0]
	}
	_ = json.Unmarshal(b, &in) // addresses of an account are a list: below
	var account struct {
		Address []string `json:"email_address"`
	}
	_ = json.Unmarshal(b, &account) // it is one address elsewhere
	in.Address = account.Address
	return in
}
