package main

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"rollcall/clerkapi/sandbox"
	"rollcall/sync/policy"
)

// An undo gives every account and every membership back to the byte, whether the ladder
// locks or bans. Sessions and API keys stay ended: the plan says so.
func TestS25TheLadderIsUndoneToTheByte(t *testing.T) {
	for _, account := range []policy.AccountStep{policy.AccountLock, policy.AccountBan} {
		t.Run(string(account), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newLadderCodeWorld(t, &ladderCall{account: account})
				defer func() { _ = w.db.Close() }()
				before := accountBytes(t, w.server)
				w.write(codeStayers...)
				w.apply()
				if accountBytes(t, w.server) == before {
					t.Fatal("the ladder changed nothing")
				}
				w.write(slices.Concat(codeStayers, codeLeavers)...)
				w.apply(1)
				if after := accountBytes(t, w.server); after != before {
					t.Errorf("before\n%s\nafter\n%s", before, after)
				}
			})
		})
	}
}

// accountBytes are the users and the memberships of the leavers, without the ids and
// times that Clerk gives.
func accountBytes(t *testing.T, server *sandbox.Server) string {
	t.Helper()
	seed := server.Snapshot()
	var rows []string
	add := func(row any) {
		b, err := json.Marshal(row)
		if err != nil {
			t.Fatal(err)
		}
		rows = append(rows, string(b))
	}
	for _, u := range seed.Users {
		u.UpdatedAt = 0
		add(u)
	}
	for _, m := range seed.Memberships {
		if slices.ContainsFunc(codeLeavers, func(id string) bool { return m.UserID == fmt.Sprint("user_", id) }) {
			m.ID, m.CreatedAt, m.UpdatedAt = "", 0, 0
			add(m)
		}
	}
	slices.Sort(rows)
	return strings.Join(rows, "\n")
}
