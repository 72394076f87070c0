package main

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

// printInvitations writes ORGANIZATION_ID ADDRESS ROLE STATUS of each
// invitation there ever was, sorted, and how many are pending.
func (s *served) printInvitations(ts *testscript.TestScript) {
	var lines []string
	pending := 0
	for _, i := range s.Snapshot().Invitations {
		if i.Status == "pending" && i.ExpiresAt <= time.Now().UnixMilli() {
			i.Status = "expired"
		}
		if i.Status == "pending" {
			pending++
		}
		lines = append(lines, fmt.Sprintln(i.OrganizationID, i.Email, i.Role, i.Status))
	}
	slices.Sort(lines)
	_, err := fmt.Fprintf(ts.Stdout(), "%s%d pending\n", strings.Join(lines, ""), pending)
	ts.Check(err)
}

// accept is somebody who follows the link in the mail.
func (s *served) accept(ts *testscript.TestScript, args []string) {
	if len(args) != 1 {
		ts.Fatalf("usage: sandbox accept ADDRESS")
	}
	for _, i := range s.Snapshot().Invitations {
		if i.Email == args[0] && i.Status == "pending" {
			_, err := s.AcceptInvitation(i.ID, "")
			ts.Check(err)
			return
		}
	}
	ts.Fatalf("no invitation is pending for %s", args[0])
}
