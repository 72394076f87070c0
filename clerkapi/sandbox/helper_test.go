package sandbox_test

import (
	"cmp"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"rollcall/clerkapi/sandbox"
)

// apiVersion is the version of the API that tests ask for.
const apiVersion = "2026-05-12"

// answer is the answer to a request.
type answer struct {
	t      *testing.T
	status int
	header http.Header
	body   string
}

// world is a sandbox behind a socket.
type world struct {
	*sandbox.Server
	t   *testing.T
	url string
}

func start(t *testing.T, o sandbox.Options) *world {
	t.Helper()
	s, err := sandbox.New(o)
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(s)
	t.Cleanup(server.Close)
	return &world{s, t, server.URL}
}

// acme is an organization with an administrator, two members and people
// outside; globex has another administrator.
func acme(t *testing.T) *sandbox.Seed {
	t.Helper()
	return load(t, `{
	  "version": 1,
	  "users": [
	    {"id": "user_ada", "email": "ada@corp.example", "first_name": "Ada", "last_name": "Zorn", "username": "ada", "external_id": "e1", "phone_numbers": ["+15550001"]},
	    {"id": "user_bob", "email": "bob@corp.example", "first_name": "Bob", "last_name": "Young", "created_at": 1704067200001},
	    {"id": "user_cyd", "email": "cyd@corp.example", "first_name": "Cyd", "banned": true, "last_active_at": 1704067300000, "web3_wallets": ["0xabc"]},
	    {"id": "user_dan", "email_addresses": ["dan@corp.example", {"email_address": "boss@corp.example", "verification": {"status": "unverified"}}]},
	    {"id": "user_eve", "email_addresses": [{"email_address": "boss@corp.example", "verification": {"status": "unverified"}}], "deprovisioned": true}
	  ],
	  "organizations": [{"id": "org_acme", "slug": "acme", "name": "Acme"}, {"id": "org_globex", "slug": "globex", "name": "Globex", "max_allowed_memberships": 2}],
	  "memberships": [
	    {"organization_id": "org_acme", "user_id": "user_ada", "role": "org:admin", "private_metadata": {"a": {"b": 1, "c": 2}, "list": [1, 2]}},
	    {"organization_id": "org_acme", "user_id": "user_bob"},
	    {"organization_id": "org_acme", "user_id": "user_cyd"},
	    {"organization_id": "org_globex", "user_id": "user_dan", "role": "org:admin"}
	  ]
	}`)
}

func load(t *testing.T, text string) *sandbox.Seed {
	t.Helper()
	seed, err := sandbox.LoadSeed(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	return seed
}

// do sends a request as a well-behaved client does.
func (w *world) do(method, path, body string) answer {
	w.t.Helper()
	return w.send(w.request(method, path, body))
}

func (w *world) get(path string) answer { w.t.Helper(); return w.do(http.MethodGet, path, "") }

func (w *world) request(method, path, body string) *http.Request {
	w.t.Helper()
	if !strings.HasPrefix(path, "/_sandbox") {
		path = "/v1" + path
	}
	r, err := http.NewRequest(method, w.url+path, strings.NewReader(body))
	if err != nil {
		w.t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+w.SecretKey())
	r.Header.Set("Clerk-API-Version", apiVersion)
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	return r
}

func (w *world) send(r *http.Request) answer {
	w.t.Helper()
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		w.t.Fatal(err)
	}
	b, err := io.ReadAll(resp.Body)
	if err = errors.Join(err, resp.Body.Close()); err != nil {
		w.t.Fatal(err)
	}
	return answer{w.t, resp.StatusCode, resp.Header, string(b)}
}

// ok fails the test unless the answer is a 200.
func (a answer) ok() answer {
	a.t.Helper()
	if a.status != http.StatusOK {
		a.t.Fatalf("status %d: %s", a.status, a.body)
	}
	return a
}

// refused checks status and code, and the parameter when one is given.
func (a answer) refused(status int, code, parameter string) {
	a.t.Helper()
	var e struct {
		Errors []struct {
			Code string
			Meta struct {
				Param string `json:"param_name"`
			}
		}
	}
	a.into(&e)
	if a.status != status || len(e.Errors) == 0 || e.Errors[0].Code != code || e.Errors[0].Meta.Param != parameter {
		a.t.Errorf("got %d %s, want %d %s of %q", a.status, a.body, status, code, parameter)
	}
}

func (a answer) into(v any) {
	a.t.Helper()
	if err := json.Unmarshal([]byte(a.body), v); err != nil {
		a.t.Fatalf("answer %q: %v", a.body, err)
	}
}

// row is the part of a membership, organization or user that tests look at.
type row struct {
	ID             string          `json:"id"`
	Role           string          `json:"role"`
	Status         string          `json:"status"`
	Slug           string          `json:"slug"`
	Members        *int            `json:"members_count"`
	Pending        int             `json:"pending_invitations_count"`
	Missing        *bool           `json:"missing_member_with_elevated_permissions"`
	Public         json.RawMessage `json:"public_metadata"`
	Private        json.RawMessage `json:"private_metadata"`
	PublicUserData struct {
		UserID     string `json:"user_id"`
		Identifier string `json:"identifier"`
		Banned     bool   `json:"banned"`
	} `json:"public_user_data"`
	EmailAddresses []struct {
		ID           string `json:"id"`
		EmailAddress string `json:"email_address"`
		Reserved     bool   `json:"reserved"`
		Verification struct{ Status string }
	} `json:"email_addresses"`
	Banned bool `json:"banned"`
	Locked bool `json:"locked"`
}

// rows are the ids of a list, users of memberships, and its total.
func (a answer) rows() (ids string, total int) {
	a.t.Helper()
	a.ok()
	var list struct {
		Data  []row `json:"data"`
		Total int   `json:"total_count"`
	}
	if strings.HasPrefix(a.body, "[") {
		a.into(&list.Data)
	} else {
		a.into(&list)
	}
	var all []string
	for _, r := range list.Data {
		all = append(all, strings.TrimPrefix(cmp.Or(r.PublicUserData.UserID, r.ID), "user_"))
	}
	return strings.Join(all, " "), list.Total
}

func (a answer) row() row {
	a.t.Helper()
	var r row
	a.ok().into(&r)
	return r
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
