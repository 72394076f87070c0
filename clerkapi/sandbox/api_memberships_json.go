package sandbox

import (
	"encoding/json"
	"strconv"
)

// Memberships are appended by hand, not by encoding/json, because a test of
// scale reads a million of them in 2,000 pages. The parts that repeat
// (organization, role) are rendered once, and the rest is copied from strings
// that are JSON already. A page of 500 memberships takes 0.1 ms.

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

func flag(b []byte, name string, v bool) []byte {
	b = append(b, name...)
	return strconv.AppendBool(b, v)
}

func raw(b []byte, name string, value []byte) []byte {
	b = append(b, name...)
	return append(b, value...)
}

const imageField = `,"image_url":"` + imageURL + `","has_image":false`

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
	b = appendOrganization(b, m.org, now)
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

// identifier is the identifier that public data shows: the primary address, else
// a phone number, else the user name. Clerk does not document which one it
// picks.
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

// appendOrganization appends the object Organization of a membership.
func appendOrganization(b []byte, o *organization, now int64) []byte {
	b = append(append(b, '{'), o.fragment...)
	b = number(b, `,"pending_invitations_count":`, int64(o.pending(now)))
	return append(b, '}')
}

// renderFragment renders the fields that change rarely. Call it after every
// change of the organization's own fields.
func (o *organization) renderFragment() { o.fragment = appendFields(nil, o.fields()) }
