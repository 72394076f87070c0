package hints

import (
	"fmt"
	"strings"

	"rollcall/source"
	"rollcall/sync/directory"
	"rollcall/sync/plan"
	"rollcall/sync/policy"
	"rollcall/sync/roster"
)

// People notes the entries of protect and deny that mean nobody who was read, and that
// nearly mean somebody: a slip of a finger would leave them unprotected.
func People(config policy.Config, d *directory.Directory, have *roster.Roster) []plan.Note {
	var notes []plan.Note
	for _, list := range []struct {
		key     string
		entries []string
	}{{"sync.protect", config.Protect}, {"sync.deny", config.Deny}} {
		s := search{}
		for _, entry := range list.entries {
			if text := folded(entry); text != "" && !strings.ContainsAny(entry, "*?[") {
				s[entry] = &wanted{text: text}
			}
		}
		if len(s) > 0 {
			s.visitAll(d, have)
		}
		for _, entry := range list.entries {
			if w := s[entry]; w != nil && !w.found && w.near != "" {
				notes = append(notes, plan.Note{Rule: "S08", Text: fmt.Sprintf("%s lists %q, which is nobody who was read%s", list.key, entry, source.Meant(w.near))})
			}
		}
	}
	return notes
}

// wanted is an entry, and what was found of it.
type wanted struct {
	text  string
	found bool
	near  string
}

type search map[string]*wanted

func (s search) visitAll(d *directory.Directory, have *roster.Roster) {
	for _, o := range have.Organizations {
		for i := range o.Members {
			s.visit(o.Members[i].UserID)
			s.visit(folded(o.Members[i].Identifier))
		}
	}
	for _, snapshot := range d.Snapshots {
		s.visitPeople(snapshot)
	}
}

func (s search) visitPeople(snapshot *source.Snapshot) {
	if len(s) == 0 {
		return
	}
	for i := range snapshot.People {
		p := &snapshot.People[i]
		s.visit(p.Email)
		s.visit(p.ExternalID)
		for _, address := range p.OtherEmails {
			s.visit(address)
		}
	}
}

// visit compares a value with all entries. There may be a million values, so most are
// told apart by their length and their ends.
func (s search) visit(value string) {
	if value == "" {
		return
	}
	for _, w := range s {
		switch {
		case value == w.text:
			w.found = true
		case w.found || w.near != "" && w.near <= value || !within(value, w.text):
		case source.Similar(value, w.text):
			w.near = value
		}
	}
}

// within reports whether two texts are the same but for three bytes in one place.
func within(a, b string) bool {
	const few = 3
	if len(a) < len(b) {
		a, b = b, a
	}
	if len(a)-len(b) > few {
		return false
	}
	head := 0
	for head < len(b) && a[head] == b[head] {
		head++
	}
	tail := 0
	for tail < len(b)-head && a[len(a)-1-tail] == b[len(b)-1-tail] {
		tail++
	}
	return head+tail >= len(b)-few
}

// folded is an address as addresses are compared, or the text itself (S05).
func folded(text string) string {
	if address, err := source.FoldEmail(text); err == nil {
		return address
	}
	return text
}
