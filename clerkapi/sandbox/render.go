package sandbox

import (
	"encoding/json"
	"strconv"
)

// Rows are appended, not marshalled: what repeats (organizations, roles) is
// kept rendered, the rest is copied from strings that are JSON already. A
// page of 500 memberships is then mostly memory copies.

// appendText appends a JSON string.
func appendText(b []byte, s string) []byte {
	for i := range len(s) {
		if c := s[i]; c < ' ' || c >= 0x7f || c == '"' || c == '\\' {
			quoted, err := json.Marshal(s)
			if err != nil {
				return append(b, `""`...)
			}
			return append(b, quoted...)
		}
	}
	b = append(b, '"')
	b = append(b, s...)
	return append(b, '"')
}

// field appends a name, with its quotes and colon, and a string.
func field(b []byte, name, value string) []byte {
	b = append(b, name...)
	return appendText(b, value)
}

// orNull appends a name and a string, or null when the string is empty.
func orNull(b []byte, name, value string) []byte {
	if value == "" {
		b = append(b, name...)
		return append(b, "null"...)
	}
	return field(b, name, value)
}

func number(b []byte, name string, n int64) []byte {
	b = append(b, name...)
	return strconv.AppendInt(b, n, 10)
}

func timeOrNull(b []byte, name string, ms int64) []byte {
	if ms == 0 {
		b = append(b, name...)
		return append(b, "null"...)
	}
	return number(b, name, ms)
}

func flag(b []byte, name string, v bool) []byte {
	b = append(b, name...)
	return strconv.AppendBool(b, v)
}

func raw(b []byte, name string, value []byte) []byte {
	b = append(b, name...)
	return append(b, value...)
}

const (
	imageURL     = `https://img.clerk.com/sandbox`
	imageField   = `,"image_url":"` + imageURL + `","has_image":false`
	noMembers    = -1
	noPermission = -1
)

// appendMembership appends the object OrganizationMembership.
func appendMembership(b []byte, m *membership, now int64) []byte {
	b = field(b, `{"object":"organization_membership","id":`, m.id)
	b = append(b, ',')
	b = append(b, m.role.fragment...)
	b = raw(b, `,"public_metadata":`, m.public)
	b = raw(b, `,"private_metadata":`, m.private)
	b = number(b, `,"created_at":`, m.created)
	b = number(b, `,"updated_at":`, m.updated)
	b = append(b, `,"organization":`...)
	b = appendOrganization(b, m.org, counts{members: noMembers, missing: noPermission}, now)
	b = append(b, `,"public_user_data":`...)
	b = appendPublicUser(b, m.user)
	return append(b, '}')
}

// appendPublicUser appends public_user_data.
func appendPublicUser(b []byte, u *user) []byte {
	b = field(b, `{"user_id":`, u.ID)
	b = orNull(b, `,"first_name":`, u.FirstName)
	b = orNull(b, `,"last_name":`, u.LastName)
	b = append(b, `,"profile_image_url":"`+imageURL+`"`+imageField...)
	b = orNull(b, `,"identifier":`, u.identifier())
	b = orNull(b, `,"username":`, u.Username)
	b = flag(b, `,"banned":`, u.Banned)
	b = flag(b, `,"deprovisioned":`, u.Deprovisioned)
	return append(b, '}')
}

// identifier is the one that public data shows. Which one Clerk picks is not
// documented: the primary address, else a phone number, else the user name.
func (u *user) identifier() string {
	for _, e := range u.EmailAddresses {
		if e.ID == u.PrimaryEmailAddressID {
			return e.Address
		}
	}
	if len(u.PhoneNumbers) > 0 {
		return u.PhoneNumbers[0]
	}
	return u.Username
}

// counts are the fields of an organization that are sent on request only.
type counts struct {
	members int // -1: not asked for
	missing int // -1: not asked for, else 0 or 1
}

// appendOrganization appends the object Organization.
func appendOrganization(b []byte, o *organization, c counts, now int64) []byte {
	if o.fragment == nil {
		b = appendOrganizationFields(b, o)
	} else {
		b = append(b, o.fragment...)
	}
	if c.members != noMembers {
		b = number(b, `,"members_count":`, int64(c.members))
	}
	if c.missing != noPermission {
		b = flag(b, `,"missing_member_with_elevated_permissions":`, c.missing == 1)
	}
	b = number(b, `,"pending_invitations_count":`, int64(o.pending(now)))
	return append(b, '}')
}

func appendOrganizationFields(b []byte, o *organization) []byte {
	b = field(b, `{"object":"organization","id":`, o.ID)
	b = field(b, `,"name":`, o.Name)
	b = field(b, `,"slug":`, o.Slug)
	b = append(b, imageField...)
	b = number(b, `,"max_allowed_memberships":`, int64(o.MaxMemberships))
	b = flag(b, `,"admin_delete_enabled":`, o.AdminDelete == nil || *o.AdminDelete)
	b = raw(b, `,"public_metadata":`, o.PublicMetadata)
	b = raw(b, `,"private_metadata":`, o.PrivateMetadata)
	if o.CreatedBy != "" {
		b = field(b, `,"created_by":`, o.CreatedBy)
	}
	b = number(b, `,"created_at":`, o.CreatedAt)
	b = number(b, `,"updated_at":`, o.UpdatedAt)
	return orNull(b, `,"role_set_key":`, o.RoleSet)
}

// settle renders the part that changes rarely. Call it after every change of
// the organization's own fields.
func (o *organization) settle() { o.fragment = appendOrganizationFields(nil, o) }
