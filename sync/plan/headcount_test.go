package plan

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestHeadcount(t *testing.T) {
	of := func(a Action, user, organization string, s State) Change {
		return Change{Action: a, UserID: user, Organization: organization, State: s}
	}
	stays := func(c Change) Change { c.Stays = true; return c }
	admin := func(c Change, e AdminEffect) Change { c.Admin = e; return c }
	for name, x := range map[string]struct {
		changes []Change
		want    Headcount
	}{
		"nothing":                             {nil, Headcount{}},
		"leaves two organizations":            {[]Change{of(Remove, "u", "a", Ready), of(Remove, "u", "b", Ready)}, Headcount{Leave: Figure{Now: 1}}},
		"leaves one now, the other waits":     {[]Change{of(Remove, "u", "a", Ready), of(Remove, "u", "b", Held)}, Headcount{Leave: Figure{Now: 1}}},
		"waits":                               {[]Change{of(Remove, "u", "a", Held)}, Headcount{Leave: Figure{Waiting: 1}}},
		"a skipped removal is none":           {[]Change{of(Remove, "u", "a", Skipped)}, Headcount{}},
		"moves":                               {[]Change{of(Remove, "u", "a", Ready), of(Add, "u", "b", Ready)}, Headcount{Move: Figure{Now: 1}}},
		"moves, all of it waits":              {[]Change{of(Remove, "u", "a", Held), of(Add, "u", "b", Held)}, Headcount{Move: Figure{Waiting: 1}}},
		"joins now, leaving waits":            {[]Change{of(Remove, "u", "a", Held), of(Add, "u", "b", Ready)}, Headcount{JoinFirst: 1}},
		"is invited now, leaving waits":       {[]Change{of(Remove, "u", "a", Held), of(Invite, "u", "b", Ready)}, Headcount{JoinFirst: 1}},
		"leaves now, joining waits":           {[]Change{of(Remove, "u", "a", Ready), of(Add, "u", "b", Held)}, Headcount{Leave: Figure{Now: 1}, LeaveFirst: 1}},
		"stays elsewhere":                     {[]Change{stays(of(Remove, "u", "a", Held))}, Headcount{Stay: Figure{Waiting: 1}}},
		"stays elsewhere, and moves":          {[]Change{stays(of(Remove, "u", "a", Ready)), of(Add, "u", "b", Ready)}, Headcount{Move: Figure{Now: 1}}},
		"stays elsewhere, and joins first":    {[]Change{stays(of(Remove, "u", "a", Held)), of(Add, "u", "b", Ready)}, Headcount{JoinFirst: 1}},
		"stays elsewhere, joining waits":      {[]Change{stays(of(Remove, "u", "a", Ready)), of(Add, "u", "b", Held)}, Headcount{Stay: Figure{Now: 1}}},
		"the membership elsewhere is no gain": {[]Change{of(Remove, "u", "a", Ready), of(SetRole, "u", "b", Ready)}, Headcount{Leave: Figure{Now: 1}}},
		"joins and changes":                   {[]Change{of(Add, "u", "a", Ready), of(SetMetadata, "u", "b", Ready)}, Headcount{Join: Figure{Now: 1}}},
		"adopted and changed":                 {[]Change{of(Adopt, "u", "a", Ready), of(SetMetadata, "u", "a", Ready)}, Headcount{Change: Figure{Now: 1}}},
		"only adopted":                        {[]Change{of(Adopt, "u", "a", Ready)}, Headcount{Adopt: Figure{Now: 1}}},
		"invited by address, revoked elsewhere": {[]Change{{Action: Invite, Email: "x@y", State: Ready}, {Action: RevokeInvitation, Email: "z@y", State: Ready}, {Action: RevokeInvitation, Email: "r@y", Replaced: true, State: Ready}},
			Headcount{Invite: Figure{Now: 1}, Revoke: Figure{Now: 1}}},
		"admins":              {[]Change{admin(of(SetRole, "u", "a", Held), AdminGained), admin(of(Remove, "v", "a", Ready), AdminLost)}, Headcount{Leave: Figure{Now: 1}, NewAdmins: Figure{Waiting: 1}, FormerAdmins: Figure{Now: 1}}},
		"adopted and demoted": {[]Change{of(Adopt, "u", "a", Ready), admin(of(SetRole, "u", "a", Ready), AdminLost)}, Headcount{FormerAdmins: Figure{Now: 1}}},
	} {
		t.Run(name, func(t *testing.T) {
			p := &Plan{Organizations: []Organization{{Changes: x.changes}}}
			if diff := cmp.Diff(x.want, p.Headcount(func(*Change) bool { return true })); diff != "" {
				t.Error(diff)
			}
		})
	}
	p := &Plan{Organizations: []Organization{{Changes: []Change{of(Remove, "u", "a", Ready), of(Remove, "v", "a", Held)}}}}
	if got := p.Headcount(func(*Change) bool { return false }); got.Leave != (Figure{Waiting: 1}) {
		t.Errorf("what Clerk did not do is counted: %+v", got)
	}
}
