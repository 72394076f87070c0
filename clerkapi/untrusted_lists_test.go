package clerkapi

import (
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
)

// A list cannot claim more records than memory can hold pages for. Without a
// limit the first answer would end the process.
func TestS37ListClaimsTooMuch(t *testing.T) { synctest.Test(t, hugeLists) }

func hugeLists(t *testing.T) {
	for _, total := range []string{"1000000000000", "9223372036854775807", "9223372036854775300"} {
		asked := 0
		c := newTestClient(t, func(w http.ResponseWriter, _ *http.Request) {
			asked++
			reply(w, 200, `{"data":[`+memberJSON("org_a", 1)+`],"total_count":`+total+`}`)
		})
		if _, err := membershipList("org_a").All(t.Context(), c.sender); err == nil || !strings.Contains(err.Error(), "too large") {
			t.Errorf("%s records: %v", total, err)
		}
		if asked != 1 {
			t.Errorf("%s records: asked %d times", total, asked)
		}
	}
}

// The permissions of roles say who is an admin.
func TestS17RoleWithoutPermissionsIsNoAnswer(t *testing.T) { synctest.Test(t, bareRoles) }

func bareRoles(t *testing.T) {
	for row, ok := range map[string]bool{
		`{"key":"org:admin","permissions":[{"key":"org:sys_memberships:manage"}]}`: true,
		`{"key":"org:guest","permissions":[]}`:                                     true,
		`{"key":"org:admin"}`:                                                      false,
		`{"key":"org:admin","permissions":null}`:                                   false,
		`{"key":"org:admin","permissions":[{}]}`:                                   false,
		`{"key":"org:admin","permissions":[null]}`:                                 false,
	} {
		c := newTestClient(t, func(w http.ResponseWriter, _ *http.Request) {
			reply(w, 200, `{"data":[`+row+`],"total_count":1}`)
		})
		if roles, err := c.Roles(t.Context()); (err == nil) != ok {
			t.Errorf("%s: %v, %v", row, roles, err)
		}
	}
}

// banned and deprovisioned are not required by the contract.
func TestS08StandingThatIsNotShown(t *testing.T) {
	for fields, want := range map[string]Membership{
		``:                                          {StandingUnknown: true},
		`"banned":false,`:                           {StandingUnknown: true},
		`"deprovisioned":true,`:                     {StandingUnknown: true, Deprovisioned: true},
		`"banned":null,"deprovisioned":null,`:       {StandingUnknown: true},
		`"banned":false,"deprovisioned":false,`:     {},
		`"banned":true,"deprovisioned":false,`:      {Banned: true},
		`"\u0062anned":true,"deprovisioned":false,`: {Banned: true}, // read by encoding/json
	} {
		row := strings.Replace(memberJSON("org_a", 1), `"user_id":`, fields+`"user_id":`, 1)
		c := newTestClient(t, func(w http.ResponseWriter, _ *http.Request) { reply(w, 200, pageJSON([]string{row}, 1)) })
		got, err := membershipList("org_a").All(t.Context(), c.sender)
		if err != nil || len(got) != 1 {
			t.Fatalf("%s: %v, %v", fields, got, err)
		}
		if m := got[0]; m.Banned != want.Banned || m.Deprovisioned != want.Deprovisioned || m.StandingUnknown != want.StandingUnknown {
			t.Errorf("%s: %+v", fields, m)
		}
	}
}
