package diff

import (
	"cmp"
	"fmt"
	"strconv"
	"strings"

	"rollcall/sync/directory"
	"rollcall/sync/plan"
	"rollcall/sync/roster"
)

// conflict is a hold because of identities (S02, and S06 by option).
type conflict struct {
	plan.Note
	Conflict *plan.Conflict
}

// Findings are the notes and problems of one organization.
type Findings struct {
	Organization string
	notes        []plan.Note
	// Conflicts are identity problems that hold (S02, and S06 by option).
	Conflicts []conflict
	// filed are the people whose conflicts they are.
	filed   map[*directory.Person]bool
	foreign int
	// foreignMembers are the first of them, with the owner that the marker names.
	foreignMembers []string
	// Unusable are listed people that cannot be joined to a user (S10).
	Unusable []string
	// Outgrown are members whom a review wants out, and who have more by now than
	// was reviewed.
	Outgrown []string
}

// Note says something about a person, and the users it is about.
func (f *Findings) Note(rule, email, text string, users ...string) {
	f.notes = append(f.notes, plan.Note{Rule: rule, Organization: f.Organization, Email: email, Text: text, Users: users})
}

// namedMembers is how many of its members a note names.
const namedMembers = 3

// addForeign counts a member with another owner's marker. A marker that names no
// owner was changed by hand.
func (f *Findings) addForeign(m *roster.Member) {
	if f.foreign++; f.foreign > namedMembers {
		return
	}
	owner := "no owner"
	if m.Marker.Owner != "" {
		owner = strconv.Quote(m.Marker.Owner)
	}
	f.foreignMembers = append(f.foreignMembers, fmt.Sprintf("%s (%s)", cmp.Or(m.Email(), m.UserID), owner))
}

// foreignNote names the members with another owner's marker.
func (f *Findings) foreignNote() string {
	text := plan.Count(f.foreign, "member") + " with another owner's marker, not changed: " + strings.Join(f.foreignMembers, ", ")
	if f.foreign > namedMembers {
		text += ", …"
	}
	return text
}

// fileProblem files the problem that keeps a person from being joined. With
// ignore, the admin has decided that unusable members of the source do not
// count (S10).
func (f *Findings) fileProblem(p *directory.Person, ignore bool) {
	t := p.Problem
	switch {
	case t.Rule == "S10" && !ignore:
		f.Unusable = append(f.Unusable, t.Text)
	case f.filed[p]: // once is enough
	case t.Hold:
		if f.filed == nil {
			f.filed = map[*directory.Person]bool{}
		}
		f.filed[p] = true
		f.Conflicts = append(f.Conflicts, conflict{plan.Note{Rule: t.Rule, Organization: f.Organization, Email: p.Email, Text: t.Text, Users: t.Users}, t.Conflict})
	default:
		f.Note(t.Rule, p.Email, t.Text, t.Users...)
	}
}
