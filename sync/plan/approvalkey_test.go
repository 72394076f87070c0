package plan

import (
	"reflect"
	"testing"
	"time"
)

// An approval covers all that an action sends: whoever changes a value after the
// approval has another set (S23). What is only shown is no part of it.
func TestS23TheKeyCoversAllThatIsSent(t *testing.T) {
	shown := map[string]bool{"Email": true, "UserEmail": true, "UserReserved": true, "Name": true, "Source": true, "ID": true, "Admin": true, "PublicBefore": true, "PrivateBefore": true,
		"Nulls": true, "Because": true, "Cause": true, "LastSeen": true, "Stays": true, "State": true, "Why": true, "Reasons": true, "Risks": true, "Approved": true, "Replaced": true, "Due": true, "Asks": true, "Priority": true, "Bulk": true}
	onlyOf := map[string]Action{"FirstName": CreateUser, "LastName": CreateUser, "ExternalID": CreateUser, "ReservesAddress": CreateUser, "InvitationID": RevokeInvitation}
	for action := Add; action <= Unban; action++ {
		for i := range reflect.TypeFor[Change]().NumField() {
			c := Change{Action: action, UserID: "user_1"}
			if action == Invite || action == CreateUser || action == RevokeInvitation {
				c.UserID, c.Email = "", "ann@corp.example"
			}
			before := c.Key()
			field := reflect.ValueOf(&c).Elem().Field(i)
			name := reflect.TypeFor[Change]().Field(i).Name
			switch {
			case field.Kind() == reflect.String:
				field.SetString("other")
			case field.CanInt():
				field.SetInt(99)
			case field.CanUint():
				field.SetUint(99)
			case field.Kind() == reflect.Bool:
				field.SetBool(true)
			case field.Type() == reflect.TypeFor[time.Time]():
				field.Set(reflect.ValueOf(time.Unix(1, 0)))
			default: // slices and structs are not part of a change that is compared here
			}
			want := !shown[name] || name == "Email" && c.UserID == ""
			if of, some := onlyOf[name]; some {
				want = of == action
			}
			if (c.Key() != before) != want {
				t.Errorf("%s of %s: in the key %t, want %t", name, action, c.Key() != before, want)
			}
		}
	}
}
