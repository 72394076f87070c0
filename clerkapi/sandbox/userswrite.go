package sandbox

import (
	"fmt"
	"net/http"
	"slices"
)

// userFields are the fields of POST /users. Those that have no meaning here
// (passwords and second factors) are accepted and dropped.
var userFields = []string{
	"external_id", "first_name", "last_name", "locale", "email_address", "email_address_identification_status",
	"phone_number", "phone_number_identification_status", "web3_wallet", "username", "password", "password_digest",
	"password_hasher", "skip_password_checks", "skip_password_requirement", "totp_secret", "backup_codes",
	"public_metadata", "private_metadata", "unsafe_metadata", "delete_self_enabled", "legal_accepted_at",
	"skip_legal_checks", "skip_user_requirement", "create_organization_enabled", "create_organizations_limit",
	"created_at", "bypass_client_trust", "banned", "locked",
}

// createUser answers POST /users. Addresses are verified unless the request
// says reserved.
func createUser(c *call) *failure {
	form, f := c.form(userFields...)
	if f != nil {
		return f
	}
	u := &user{User: User{
		ExternalID: form.text("external_id"), Username: form.text("username"),
		FirstName: form.text("first_name"), LastName: form.text("last_name"),
		PhoneNumbers: form.texts("phone_number"), Web3Wallets: form.texts("web3_wallet"),
		Banned: form.boolean("banned"), Locked: form.boolean("locked"),
		PublicMetadata: orEmpty(form.metadata("public_metadata", true)), PrivateMetadata: orEmpty(form.metadata("private_metadata", true)),
		UnsafeMetadata: orEmpty(form.metadata("unsafe_metadata", true)),
		CreatedAt:      form.time("created_at", c.now), UpdatedAt: c.now,
	}}
	form.addresses(u)
	c.unique(form, u)
	if !form.boolean("skip_user_requirement") && len(u.EmailAddresses)+len(u.PhoneNumbers)+len(u.Web3Wallets) == 0 && u.Username == "" {
		form.note(refuse(http.StatusUnprocessableEntity, "form_data_missing", "a user needs an address, a phone number or a user name"))
	}
	if f := form.bad(); f != nil {
		return f
	}
	if quota := c.instance.MaxUsers; quota > 0 && len(c.users) >= quota {
		return refuse(http.StatusForbidden, "user_quota_exceeded", fmt.Sprintf("the instance has its %d users", quota))
	}
	c.enroll(u)
	c.out = appendUser(c.out, u)
	return nil
}

// enroll names a user, and takes unproven claims to its addresses away.
func (s *state) enroll(u *user) {
	if u.ID == "" {
		u.ID = name("user_", s.tick())
	}
	for i := range u.EmailAddresses {
		e := &u.EmailAddresses[i]
		e.ID = orElse(e.ID, name("idn_", s.tick()))
	}
	if len(u.EmailAddresses) > 0 && u.PrimaryEmailAddressID == "" {
		u.PrimaryEmailAddressID = u.EmailAddresses[0].ID
	}
	s.addUser(u)
	for _, e := range u.EmailAddresses {
		if e.Verified() {
			s.claim(u, e.Address)
		}
	}
}

// claim removes an address that its owner has just proven from everybody who
// merely claimed it.
func (s *state) claim(owner *user, address string) {
	key := foldEmail(address)
	for _, u := range slices.Clone(s.byEmail[key]) {
		if u != owner {
			s.dropAddress(u, key)
		}
	}
}

// dropAddress takes an address from a user; another becomes primary.
func (s *state) dropAddress(u *user, folded string) {
	u.EmailAddresses = slices.DeleteFunc(u.EmailAddresses, func(e EmailAddress) bool { return foldEmail(e.Address) == folded })
	s.unindexEmail(u, folded)
	if slices.ContainsFunc(u.EmailAddresses, func(e EmailAddress) bool { return e.ID == u.PrimaryEmailAddressID }) {
		return
	}
	u.PrimaryEmailAddressID = ""
	if len(u.EmailAddresses) > 0 {
		u.PrimaryEmailAddressID = u.EmailAddresses[0].ID
	}
}

// addresses reads the addresses of a new user and their statuses.
func (f *form) addresses(u *user) {
	statuses := f.texts("email_address_identification_status")
	for i, address := range f.texts("email_address") {
		e := EmailAddress{Address: foldEmail(address), Verification: Verification{statusVerified}}
		if !plausible(address) {
			f.note(badEmail("email_address"))
		}
		if i < len(statuses) && statuses[i] == "reserved" {
			e.Reserved, e.Verification.Status = true, statusUnverified
		} else if i < len(statuses) && statuses[i] != statusVerified {
			f.note(badValue("email_address_identification_status", statuses[i]))
		}
		u.EmailAddresses = append(u.EmailAddresses, e)
	}
}

// unique notes identifiers that somebody else has for good.
func (s *state) unique(f *form, u *user) {
	for _, e := range u.EmailAddresses {
		if s.held(e.Address, u) {
			f.note(taken("email_address"))
		}
	}
	if other := s.byExternal[u.ExternalID]; u.ExternalID != "" && other != nil && other.ID != u.ID {
		f.note(taken("external_id"))
	}
	if other := s.byUsername[u.Username]; u.Username != "" && other != nil && other.ID != u.ID {
		f.note(taken("username"))
	}
}

// held reports whether somebody else has proven or reserved the address.
func (s *state) held(address string, by *user) bool {
	key := foldEmail(address)
	return slices.ContainsFunc(s.byEmail[key], func(u *user) bool {
		return u.ID != by.ID && slices.ContainsFunc(u.EmailAddresses, func(e EmailAddress) bool {
			return foldEmail(e.Address) == key && (e.Reserved || e.Verified())
		})
	})
}

func taken(name string) *failure {
	return refuseParam("form_identifier_exists", name, "another user has this "+name)
}

// patchFields are the fields of PATCH /users/{user_id} since 2026-05-12.
var patchFields = []string{
	"external_id", "first_name", "last_name", "locale", "primary_email_address_id",
	"notify_primary_email_address_changed", "primary_phone_number_id", "primary_web3_wallet_id", "username",
	"profile_image_id", "password", "password_digest", "password_hasher", "skip_password_checks",
	"sign_out_of_other_sessions", "totp_secret", "backup_codes", "delete_self_enabled",
	"create_organization_enabled", "legal_accepted_at", "skip_legal_checks", "create_organizations_limit",
	"created_at", "bypass_client_trust",
}

// updateUser answers PATCH /users/{user_id}.
func updateUser(c *call) *failure {
	u, f := c.user()
	if f != nil {
		return f
	}
	form, f := c.form(patchFields...)
	if f != nil {
		return f
	}
	next := u.User
	for name, into := range map[string]*string{
		"external_id": &next.ExternalID, "username": &next.Username,
		"first_name": &next.FirstName, "last_name": &next.LastName,
	} {
		if form.has(name) { // null takes the value away
			*into = form.text(name)
		}
	}
	form.primary(&next)
	c.unique(form, &user{User: next})
	if f := form.bad(); f != nil {
		return f
	}
	delete(c.byExternal, u.ExternalID)
	delete(c.byUsername, u.Username)
	u.User = next
	u.UpdatedAt = c.now
	c.indexNames(u)
	c.out = appendUser(c.out, u)
	return nil
}

func (f *form) primary(next *User) {
	id := f.text("primary_email_address_id")
	if id == "" {
		return
	}
	if !slices.ContainsFunc(next.EmailAddresses, func(e EmailAddress) bool { return e.ID == id && e.Verified() }) {
		f.note(badValue("primary_email_address_id", id))
	}
	next.PrimaryEmailAddressID = id
}

func (s *state) indexNames(u *user) {
	if u.ExternalID != "" {
		s.byExternal[u.ExternalID] = u
	}
	if u.Username != "" {
		s.byUsername[u.Username] = u
	}
}

// mergeUserMetadata answers PATCH /users/{user_id}/metadata.
func mergeUserMetadata(c *call) *failure { return c.userMetadata((*call).merged) }

// replaceUserMetadata answers PUT /users/{user_id}/metadata.
func replaceUserMetadata(c *call) *failure { return c.userMetadata((*call).replaced) }

func (c *call) userMetadata(read metadataReader) *failure {
	u, f := c.user()
	if f != nil {
		return f
	}
	public, private, f := read(c, u.PublicMetadata, u.PrivateMetadata)
	if f != nil {
		return f
	}
	u.PublicMetadata, u.PrivateMetadata, u.UpdatedAt = public, private, c.now
	c.out = appendUser(c.out, u)
	return nil
}
