package clerkapi

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
	"unicode"

	"rollcall/clerkapi/internal/wire"
)

// FuzzAnswer decodes any body as each answer of a read. The result is an error
// of one clean line, or records that can be named in a later call and whose
// metadata are objects.
func FuzzAnswer(f *testing.F) {
	for _, body := range []string{
		`{"data":[],"total_count":0}`, `[]`, `{}`, `null`, pageJSON(members("org_a", 2), 2), memberJSON("org_a", 1), `{"data":[null],"total_count":1}`,
		`[{"id":"user_1","external_id":"E1","email_addresses":[{"id":"idn_1","email_address":"a@b.example","verification":{"status":"verified"}}]}]`,
		`{"data":[{"id":"org_a","slug":"acme","members_count":-3,"pending_invitations_count":1,"max_allowed_memberships":5}],"total_count":1}`,
		`{"data":[{"id":"orginv_1","organization_id":"org_a","email_address":"a@b.example","role":"org:member","status":"pending","created_at":1}],"total_count":1}`,
		`{"data":[{"key":"org:admin","permissions":[{"key":"org:sys_memberships:manage"}]}],"total_count":1}`, `{"data":[{"key":"a","roles":[{"key":"b"}]}],"total_count":1e3}`,
		`{"object":"total_count","total_count":7}`, `[{"id":"sess_1","user_id":"user_1","status":"active"}]`, `{"data":[{"id":"sess_1","user_id":"user_1","status":"active"}],"total_count":1}`,
		`{"data":[{"id":"ak_1","subject":"user_1","expiration":1.5}],"total_count":1}`, `{"id":"csub_1","subscription_items":[{"status":"active","seats":{"quantity":5}}]}`, `{"object":"instance","id":"ins_1","environment_type":"production"}`, `{"data":[{"id":7}],"total_count":1}`,
	} {
		f.Add([]byte(body))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		for name, read := range answers {
			found, err := read(body)
			if err != nil {
				if text := err.Error(); strings.ContainsFunc(text, unicode.IsControl) || strings.Contains(text, "@") {
					t.Errorf("%s: unclean: %q", name, text)
				}
				continue
			}
			if !json.Valid(body) {
				t.Errorf("%s took %q", name, body)
			}
			for _, text := range found.names {
				if text == "" {
					t.Errorf("%s found a record without a name in %q", name, body)
				}
			}
			for _, raw := range found.objects {
				if raw != nil && (!json.Valid(raw) || !bytes.HasPrefix(bytes.TrimSpace(raw), []byte("{"))) {
					t.Errorf("%s took the metadata %q", name, raw)
				}
			}
		}
	})
}

// found is the content of an answer: the names of its records, and their
// metadata.
type found struct {
	names   []string
	objects []json.RawMessage
}

func readPage[W any](body []byte, fast func([]byte, *wire.Page[W]) bool, row func(*W, *found)) (out found, err error) {
	var page wire.Page[W]
	try := func(b []byte) bool { return fast != nil && fast(b, &page) }
	if err := wire.Decode(bytes.NewReader(body), &page, try); err != nil {
		return out, err
	}
	for i := range page.Data {
		row(&page.Data[i], &out)
	}
	return out, nil
}

func readOne[W any](body []byte, one func(*W, *found)) (out found, err error) {
	var answer W
	if err := wire.Decode(bytes.NewReader(body), &answer, nil); err != nil {
		return out, err
	}
	one(&answer, &out)
	return out, nil
}

// answers are the kinds of answers that Clerk sends.
var answers = map[string]func([]byte) (found, error){
	"a page of memberships": func(body []byte) (found, error) {
		return readPage(body, wire.ReadMembershipPage, func(w *wire.Membership, f *found) { f.membership(w) })
	},
	"a membership": func(body []byte) (found, error) {
		return readOne(body, func(w *wire.Membership, f *found) { f.membership(w) })
	},
	"memberships of one organization": func(body []byte) (out found, err error) {
		var page wire.Page[wire.Membership]
		try := func(b []byte) bool { return wire.ReadMembershipPage(b, &page) }
		if err := wire.Decode(bytes.NewReader(body), &page, try); err != nil {
			return out, err
		}
		rows, err := toMemberships("org_a")(page.Data)
		for i := range rows {
			if rows[i].OrganizationID != "org_a" {
				out.names = append(out.names, "") // a row of somewhere else
			}
		}
		return out, err
	},
	"a page of organizations": func(body []byte) (found, error) {
		return readPage(body, nil, func(w *wire.Organization, f *found) { f.names = append(f.names, organizationOf(w).ID) })
	},
	"a page of roles": func(body []byte) (found, error) {
		return readPage(body, nil, func(w *wire.Role, f *found) {
			r := roleOf(w)
			f.names = append(append(f.names, r.Key), r.Permissions...)
		})
	},
	"a page of role sets": func(body []byte) (found, error) {
		return readPage(body, nil, func(w *wire.RoleSet, f *found) { f.names = append(f.names, roleSetOf(w).Key) })
	},
	"a page of invitations": func(body []byte) (found, error) {
		return readPage(body, nil, func(w *wire.Invitation, f *found) {
			i := invitationOf(w, w.Organization)
			f.names, f.objects = append(f.names, i.ID, i.Email), append(f.objects, wire.NullToNil(i.Public), wire.NullToNil(i.Private))
		})
	},
	"users": func(body []byte) (found, error) {
		return readOne(body, func(w *wire.Users, f *found) {
			for i := range *w {
				u := userOf(&(*w)[i])
				f.names = append(f.names, u.ID)
				for _, e := range u.Emails {
					if low := bytes.ToLower(body); e.Verified && !bytes.Contains(low, []byte("status")) && !bytes.Contains(low, []byte(`\u`)) {
						f.names = append(f.names, "") // verified by nothing
					}
				}
			}
		})
	},
	"the instance": func(body []byte) (found, error) {
		return readOne(body, func(w *wire.Instance, f *found) { f.names = append(f.names, w.ID) })
	},
	"a page of directories": func(body []byte) (found, error) {
		return readPage(body, nil, func(w *wire.Directory, f *found) { f.names = append(f.names, w.ID) })
	},
	"a page of mappings": func(body []byte) (found, error) {
		return readPage(body, nil, func(w *wire.GroupRoleMapping, f *found) { f.names = append(f.names, w.ID, w.GroupID) })
	},
	"a page of API keys": func(body []byte) (found, error) {
		return readPage(body, nil, func(w *wire.APIKey, f *found) { f.names = append(f.names, w.ID, w.Subject) })
	},
	"sessions": func(body []byte) (found, error) {
		return readOne(body, func(w *wire.Sessions, f *found) {
			for i := range w.Data {
				f.names = append(f.names, w.Data[i].ID, w.Data[i].UserID, w.Data[i].Status)
			}
		})
	},
	"a subscription": func(body []byte) (found, error) {
		return readOne(body, func(w *wire.Subscription, f *found) {
			f.names = append(f.names, w.ID)
			if s := seatsOf(w.Items); s.Quantity < 0 || s.Unlimited && s.Quantity != 0 {
				f.names = append(f.names, "") // fewer than no seats
			}
		})
	},
	"a count": func(body []byte) (found, error) {
		return readOne(body, func(w *wire.Count, _ *found) { _ = *w.Total })
	},
}

func (f *found) membership(w *wire.Membership) {
	f.names = append(f.names, w.ID, w.Role)
	if !strings.HasPrefix(w.ID, "orgmem_") { // the only records without a user are memberships
		f.names = append(f.names, w.User.UserID)
	}
	f.objects = append(f.objects, wire.NullToNil(w.Public), wire.NullToNil(w.Private))
}
