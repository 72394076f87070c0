package recent

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"rollcall/clerkapi"
)

// listed is a list of acme with members of these numbers.
func listed(numbers ...int) map[string]clerkapi.OrganizationListing {
	var rows []clerkapi.Membership
	for _, i := range numbers {
		rows = append(rows, member(fmt.Sprint("user_", i)))
	}
	return map[string]clerkapi.OrganizationListing{"org_acme": {Memberships: rows}}
}

func member(user string) clerkapi.Membership {
	return clerkapi.Membership{OrganizationID: "org_acme", UserID: user, Role: "org:member", Private: []byte("{}")}
}

// Each answer to a call changes the list, or ends it if nobody knows what the call has
// done.
func TestAListFollowsTheCalls(t *testing.T) {
	added, bare := member("user_3"), clerkapi.Membership{UserID: "user_3"}
	for name, x := range map[string]struct {
		user string
		now  *clerkapi.Membership
		err  error
		size int // 0 is no list
	}{
		"added":               {"user_3", &added, nil, 3},
		"changed":             {"user_1", &added, nil, 2},
		"removed":             {"user_1", nil, nil, 1},
		"no metadata":         {"user_3", &bare, nil, 0},
		"refused":             {"user_3", nil, &clerkapi.Error{Method: "POST", Status: 403, Attempts: 1}, 2},
		"refused when resent": {"user_3", nil, &clerkapi.Error{Method: "POST", Status: 403, Attempts: 2}, 0},
		"server fault":        {"user_3", nil, &clerkapi.Error{Method: "POST", Status: 500, Attempts: 1}, 0},
		"no answer":           {"user_3", nil, errors.New("cut off"), 0},
	} {
		t.Run(name, func(t *testing.T) {
			l := &Listing{}
			l.keep(listed(1, 2), time.Now())
			l.change("org_acme", x.user, x.now, x.err)
			o := l.organizations["org_acme"]
			switch {
			case o == nil && x.size > 0 || o != nil && o.size() != x.size:
				t.Errorf("%+v, want %d members", o, x.size)
			case o != nil && x.now != nil && o.members[x.user].UserID != x.user:
				t.Errorf("%+v", o.members)
			}
		})
	}
}

// A list of another instance, and a list that is too long, are not kept (S41).
func TestS41ListsOfAnotherInstanceEnd(t *testing.T) {
	l := &Listing{}
	l.belong("ins_a")
	l.keep(listed(1, 2), time.Now())
	if l.belong("ins_a"); len(l.organizations) != 1 {
		t.Error("the list of the same instance has ended")
	}
	if l.belong("ins_b"); len(l.organizations) != 0 {
		t.Error("the list of another instance is kept")
	}
	l.keep(map[string]clerkapi.OrganizationListing{"org_acme": {Memberships: make([]clerkapi.Membership, mostMemberships+1)}}, time.Now())
	if len(l.organizations) != 0 {
		t.Error("too long a list is kept")
	}
}

// An organization that cannot be listed is forgotten (S09).
func TestS09AnOrganizationThatCannotBeListedIsForgotten(t *testing.T) {
	l := &Listing{}
	l.keep(listed(1, 2), time.Now())
	l.keep(map[string]clerkapi.OrganizationListing{"org_acme": {Err: errors.New("cut off")}, "org_beta": listed(1)["org_acme"]}, time.Now())
	if l.organizations["org_acme"] != nil || l.organizations["org_beta"] == nil {
		t.Errorf("%v", l.organizations)
	}
}

// A list serves for an hour of the wall clock, and not at all if that was set back (S28).
func TestS28HowLongAListServes(t *testing.T) {
	at := time.Date(2026, 3, 2, 8, 0, 0, 0, time.UTC)
	for age, want := range map[time.Duration]bool{0: true, MaxAge - 1: true, MaxAge: false, -1: false, -48 * time.Hour: false} {
		l := &Listing{}
		l.keep(listed(1), at)
		l.noteAbsent(clerkapi.UserQuery{Emails: []string{"ann@corp.example"}}, nil, at)
		r := &Reader{listing: l, now: func() time.Time { return at.Add(age) }}
		if young, absent := r.isYoung("org_acme"), l.wasAbsent("ann@corp.example", at.Add(age)); young != want || absent != want {
			t.Errorf("after %s: list %t, address %t", age, young, absent)
		}
	}
}
