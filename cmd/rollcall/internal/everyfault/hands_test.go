package everyfault

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"rollcall/clerkapi/sandbox"
	"rollcall/sync/exception"
)

// accept lets somebody accept an invitation.
func accept(address string) func(*sandbox.Server) error {
	return func(clerk *sandbox.Server) error {
		for _, i := range clerk.Snapshot().Invitations {
			if i.Email == address && i.Status == "pending" {
				_, err := clerk.AcceptInvitation(i.ID, "")
				return err
			}
		}
		return fmt.Errorf("%s has no invitation", address)
	}
}

// lastSeat gives acme three seats, and beta no admin but those of the file.
func lastSeat(seed *sandbox.Seed) {
	seed.Organizations[0].MaxMemberships = 3
	seed.Memberships = slices.DeleteFunc(seed.Memberships, func(m sandbox.Membership) bool { return m.OrganizationID == "org_beta" })
}

// exclusive makes acme an organization whose members belong to no other. Its admin is
// not that of beta.
func exclusive(seed *sandbox.Seed) {
	seed.Organizations[0].Exclusive = true
	for i := range seed.Memberships {
		if m := &seed.Memberships[i]; m.OrganizationID == "org_beta" {
			m.UserID = "user_chief"
		}
	}
}

// signedIn gives each account two sessions and an API key.
func signedIn(seed *sandbox.Seed) {
	for _, u := range seed.Users {
		seed.Sessions = append(seed.Sessions, sandbox.Session{ID: "sess_" + u.ID, UserID: u.ID}, sandbox.Session{ID: "sess_phone_" + u.ID, UserID: u.ID})
		seed.APIKeys = append(seed.APIKeys, sandbox.APIKey{ID: "ak_" + u.ID, Subject: u.ID})
	}
}

// except grants acme to a contractor, and denies everything to ben, for two runs.
func except(s *story) error {
	ends := time.Now().Add(3*s.world.interval() - time.Minute)
	for _, e := range []exception.Exception{
		{Kind: exception.Grant, Organization: "org_acme", Role: "org:member", Address: "max@corp.example", UserID: "user_max"},
		{Kind: exception.Deny, Address: "ben@corp.example", UserID: "user_ben", Person: exception.Person{Source: "hr", ID: "2"}},
	} {
		e.By, e.Reason, e.Ends = "ops", "incident 4711", ends
		if err := s.state.AddException(s.t.Context(), &e); err != nil {
			return err
		}
	}
	return nil
}

// resume ends the pauses that an undo has left.
func resume(s *story) error {
	pauses, err := s.state.Pauses(s.t.Context())
	for i := range pauses {
		err = errors.Join(err, s.state.Resume(s.t.Context(), pauses[i].Organization))
	}
	return err
}
