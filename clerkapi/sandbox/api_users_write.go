package sandbox

import (
	"cmp"
	"fmt"
	"net/http"
	"slices"
)

// userFields are the fields of POST /users. Passwords and second factors are
// accepted and ignored.
var userFields = []string{
	"external_id", "first_name", "last_name", "locale", "email_address", "email_address_identification_status",
	"phone_number", "phone_number_identification_status", "web3_wallet", "username", "password", "password_digest",
	"password_hasher", "skip_password_checks", "skip_password_requirement", "totp_secret", "backup_codes",
	"public_metadata", "private_metadata", "unsafe_metadata", "delete_self_enabled", "legal_accepted_at",
	"skip_legal_checks", "skip_user_requirement", "create_organization_enabled", "create_organizations_limit",
	"created_at", "bypass_client_trust", "banned", "locked",
}

// createUser answers POST /users. Addresses are verified unless the request says
// that they are reserved.
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
		PublicMetadata: objectOrEmpty(form.metadata("public_metadata", true)), PrivateMetadata: objectOrEmpty(form.metadata("private_metadata", true)),
		UnsafeMetadata: objectOrEmpty(form.metadata("unsafe_metadata", true)),
		CreatedAt:      form.time("created_at", c.now), UpdatedAt: c.now,
	}}
	form.addresses(u)
	c.noteTaken(form, u)
	if !form.boolean("skip_user_requirement") && len(u.EmailAddresses)+len(u.PhoneNumbers)+len(u.Web3Wallets) == 0 && u.Username == "" {
		form.note(refuse(http.StatusUnprocessableEntity, "form_data_missing", "a user needs an address, a phone number or a user name"))
	}
	if f := form.failure(); f != nil {
		return f
	}
	if quota := c.instance.MaxUsers; quota > 0 && len(c.users) >= quota {
		return refuse(http.StatusForbidden, "user_quota_exceeded", fmt.Sprintf("the instance has reached its limit of %d users", quota))
	}
	c.registerUser(u)
	return c.answer(u.object())
}

// registerUser gives a user ids and stores it. Other users, who have not
// verified its addresses, lose them.
func (s *state) registerUser(u *user) {
	if u.ID == "" {
		u.ID = makeID("user_", s.nextNumber())
	}
	for i := range u.EmailAddresses {
		e := &u.EmailAddresses[i]
		e.ID = cmp.Or(e.ID, makeID("idn_", s.nextNumber()))
	}
	if len(u.EmailAddresses) > 0 && u.PrimaryEmailAddressID == "" {
		u.PrimaryEmailAddressID = u.EmailAddresses[0].ID
	}
	s.addUser(u)
	for _, e := range u.EmailAddresses {
		if e.Verified() {
			s.dropOtherClaims(u, e.Address)
		}
	}
}

// addresses reads the addresses of a new user and their statuses.
func (f *form) addresses(u *user) {
	statuses := f.texts("email_address_identification_status")
	for i, address := range f.texts("email_address") {
		e := EmailAddress{Address: foldEmail(address), Verification: Verification{statusVerified}}
		if !looksLikeEmail(address) {
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

func takenParam(name string) *failure {
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
	c.noteTaken(form, &user{User: next})
	if f := form.failure(); f != nil {
		return f
	}
	delete(c.byExternal, u.ExternalID)
	delete(c.byUsername, u.Username)
	u.User = next
	u.UpdatedAt = c.now
	c.indexNames(u)
	return c.answer(u.object())
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

// mergeUserMetadata answers PATCH /users/{user_id}/metadata.
func mergeUserMetadata(c *call) *failure { return c.userMetadata((*request).readMerge) }

// replaceUserMetadata answers PUT /users/{user_id}/metadata.
func replaceUserMetadata(c *call) *failure { return c.userMetadata((*request).readReplacement) }

func (c *call) userMetadata(read readMetadata) *failure {
	u, f := c.user()
	if f != nil {
		return f
	}
	public, private, f := read(&c.request, u.PublicMetadata, u.PrivateMetadata)
	if f != nil {
		return f
	}
	u.PublicMetadata, u.PrivateMetadata, u.UpdatedAt = public, private, c.now
	return c.answer(u.object())
}
