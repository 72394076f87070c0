package journal

import (
	"errors"
	"testing"
	"time"

	"rollcall/sync/exception"
)

// An exception is kept as it was made, has a number that no other one gets, and is
// ended once (S28).
func TestS28ExceptionsAreEndedOnce(t *testing.T) {
	now := start
	db := open(t, t.TempDir(), Options{Now: func() time.Time { return now }})
	grant := exception.Exception{Kind: exception.Grant, Organization: "org_1", Address: "a@corp.example", UserID: "user_1", Person: exception.Person{Source: "hr", ID: "7"},
		Role: "org:admin", Reason: "incident", By: "ops", Ends: start.Add(time.Hour)}
	deny := exception.Exception{Kind: exception.Deny, UserID: "user_2", Reason: "r", By: "root", Ends: start.Add(2 * time.Hour)}
	for _, e := range []*exception.Exception{&grant, &deny} {
		if err := db.AddException(t.Context(), e); err != nil {
			t.Fatal(err)
		}
	}
	got, err := db.Exceptions(t.Context())
	if err != nil || grant.ID != 1 || !grant.Given.Equal(start) {
		t.Fatal(err, grant)
	}
	diff(t, "exceptions", []exception.Exception{grant, deny}, got)
	now = start.Add(time.Minute)
	if err := db.EndException(t.Context(), 1, "root"); err != nil {
		t.Fatal(err)
	}
	for _, id := range []int64{1, 3} {
		if err := db.EndException(t.Context(), id, "ops"); !errors.Is(err, exception.ErrNone) {
			t.Errorf("%d: %v", id, err)
		}
	}
	grant.Ended, grant.EndedBy = now, "root"
	got, err = db.Exceptions(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	diff(t, "ended", []exception.Exception{grant, deny}, got)
}
