package everyfault

import (
	"time"

	"rollcall/clerkapi/sandbox"
)

// worlds are the canonical ones.
var worlds = []*world{
	{name: "first fill", users: "ada ben cy dee", steps: []step{
		{people: "1 ada acme;acme-admins law\n2 ben acme tax\n3 cy beta law\n4 dee acme;beta law"},
	}},
	{name: "churn", users: "ada ben cy dee eve fay", steps: []step{
		{people: "1 ada acme;acme-admins law\n2 ben acme tax\n3 cy beta law\n4 dee acme;beta law\n5 eve acme-admins law"},
		// ben moves to beta, cy leaves, dee becomes an admin there and gets another
		// department, eve is no admin any more, fay joins both.
		{people: "1 ada acme;acme-admins law\n2 ben beta tax\n4 dee acme;beta-admins tax\n5 eve acme law\n6 fay acme;beta law"},
	}},
	{name: "churn in lists of each organization", users: "ada ben cy dee", refused: "/organization_memberships", steps: []step{
		{people: "1 ada acme law\n2 ben acme law\n3 cy beta law"},
		{people: "1 ada acme-admins law\n3 cy acme law\n4 dee beta law"},
	}},
	{name: "invitations", users: "ada", sync: ", missing_users: invite", steps: []step{
		{people: "1 ada acme law\n2 ben acme law\n3 cy beta law\n4 dee beta law"},
		// ben accepts, cy leaves before accepting, eve is invited, dee gets one more.
		{people: "1 ada acme law\n2 ben acme law\n4 dee acme;beta law\n5 eve beta law", clerk: accept("ben@corp.example")},
	}},
	{name: "swap of seats", users: "ada ben cy dan eve", seed: lastSeat, steps: []step{
		{people: "1 ada acme law\n2 ben acme law\n4 dan beta-admins law\n5 eve beta law"},
		// cy gets the seat of ben, eve succeeds dan as the only admin.
		{people: "1 ada acme law\n3 cy acme law\n5 eve beta-admins law"},
	}, depends: map[string][]string{
		"DELETE /organizations/org_acme/memberships/user_ben": {"acme cy@corp.example"},
		"PATCH /organizations/org_beta/memberships/user_eve":  {"beta dan@corp.example"},
	}},
	{name: "undo", users: "ada ben cy dee eve", from: 3, steps: []step{
		{people: "1 ada acme law\n2 ben acme tax\n3 cy beta law\n4 dee acme-admins law"},
		// ben becomes an admin, cy joins acme too, dee is no admin any more, eve joins.
		{people: "1 ada acme tax\n2 ben acme-admins tax\n3 cy acme;beta law\n4 dee acme law\n5 eve beta law"},
		{undo: 2},
	}},
	{name: "undo and resume", users: "ada ben dee eve", from: 3, steps: []step{
		{people: "1 ada acme law\n2 ben acme tax\n4 dee acme-admins law"},
		{people: "1 ada acme tax\n2 ben acme-admins tax\n4 dee acme law\n5 eve beta law"},
		{undo: 2},
		// Nobody else was at work: the rules apply again.
		{admin: resume},
	}},
	{name: "a role taken by hand", users: "ada ben cy", steps: []step{
		{people: "1 ada acme-admins law\n2 ben acme law"},
		// rollcall gives the role back to ada after an approval only.
		{people: "1 ada acme-admins law\n3 cy acme law", waits: true, clerk: func(clerk *sandbox.Server) error {
			return clerk.SetRole("org_acme", "user_ada", "org:member")
		}},
	}},
	{name: "grace", users: "ada ben cy", sync: ", grace: 72h", every: 24*time.Hour + time.Minute, steps: []step{
		{people: "1 ada acme law\n2 ben acme law\n3 cy beta law"},
		{people: "1 ada acme law\n3 cy beta law", waits: true},
		{waits: true},
		{waits: true},
		{},
	}},
	{name: "two sources", users: "ada ben cy dee eve", sources: bothSources, rules: `
  - {groups: [staff], source: hr, organization: acme, role: "org:member", allow_empty: [staff]}
  - {groups: [sales], source: crm, organization: beta, role: "org:member", allow_empty: [sales], metadata: {public: {dept: "{dept}"}}}`, steps: []step{
		{people: "1 ada staff law\n2 ben staff law\n3 cy staff law", others: "3 cy sales law\n4 dee sales law"},
		// ben leaves acme, cy leaves beta, ada joins beta, dee gets another department.
		{people: "1 ada staff law\n3 cy staff law\n5 eve staff law", others: "1 ada sales law\n4 dee sales tax"},
	}},
	{name: "review", users: "ada ben cy dee", steps: []step{
		{people: "1 ada acme;acme-admins law\n2 ben acme tax\n3 cy beta law"},
		{review: true, people: "1 ada acme law\n3 cy beta law\n4 dee acme;beta law", waits: true},
		{},
		{review: true},
	}},
	{name: "exclusive organization", users: "ada ben chief", seed: exclusive, steps: []step{
		{people: "1 ada acme law\n2 ben beta law"},
		// They change places.
		{people: "1 ada beta law\n2 ben acme law"},
	}, depends: map[string][]string{
		"DELETE /organizations/org_acme/memberships/user_ada": {"beta ada@corp.example"},
		"DELETE /organizations/org_beta/memberships/user_ben": {"acme ben@corp.example"},
		"/organizations/org_acme/":                            {"beta ada@corp.example"},
		"/organizations/org_beta/":                            {"acme ben@corp.example"},
	}},
	{name: "leaver ladder", users: "ada ben cy", seed: signedIn, more: "leavers: {account: ban, end_sessions: true, revoke_api_keys: true}\n", from: 1, steps: []step{
		{people: "1 ada acme law\n2 ben acme;beta law\n3 cy acme;beta law"},
		// ben leaves for good, cy only acme.
		{people: "1 ada acme law\n3 cy beta law"},
	}},
	{name: "leavers who are locked", users: "ada ben", seed: signedIn, more: "leavers: {account: lock, end_sessions: true}\n", steps: []step{
		{people: "1 ada acme law\n2 ben acme law"},
		{people: "1 ada acme law"},
	}},
	{name: "exceptions", users: "ada ben max", steps: []step{
		{people: "1 ada acme law\n2 ben acme;beta law"},
		{admin: except},
		{},
		{},
		{},
	}},
	{name: "moved people", users: "ada ben cy dee", steps: []step{
		{people: "1 ada acme law\n2 ben acme law\n3 cy acme law\n4 dee beta law"},
		// ben has another address in Clerk and moves to beta, cy has another one in the file.
		{people: "1 ada acme law\n2 ben beta law\n3 ada.cy acme law\n4 dee acme;beta law", clerk: func(clerk *sandbox.Server) error {
			return clerk.ChangeEmail("user_ben", "ben@corp.example", "ben@private.example")
		}},
		{people: "1 ada acme law\n2 ben beta law\n3 ada.cy beta law\n4 dee acme law"},
	}},
}
