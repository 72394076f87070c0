package hints

import (
	"fmt"
	"strings"

	"rollcall/source"
	"rollcall/sync/directory"
	"rollcall/sync/plan"
)

// Canaries notes the canaries that a source does not show and that nearly name somebody,
// or a group, that it shows: until the name is right, all that it feeds waits.
func Canaries(d *directory.Directory) []plan.Note {
	var notes []plan.Note
	for _, snapshot := range d.Snapshots {
		people := search{}
		for _, missing := range snapshot.MissingCanaries {
			if name, ok := strings.CutPrefix(missing, "person "); ok {
				people[missing] = &wanted{text: folded(name)}
			}
		}
		people.visitPeople(snapshot)
		for _, missing := range snapshot.MissingCanaries {
			near := ""
			if w := people[missing]; w != nil {
				near = w.near
			} else if name, ok := strings.CutPrefix(missing, "group "); ok {
				near = nearGroup(name, snapshot)
			}
			if near != "" {
				notes = append(notes, plan.Note{Rule: "S13", Text: fmt.Sprintf("source %s does not show %s, which canaries lists%s", snapshot.Source, missing, source.Meant(near))})
			}
		}
	}
	return notes
}

// nearGroup is a group of the source that a name was likely meant to be.
func nearGroup(name string, snapshot *source.Snapshot) string {
	known := map[string]bool{}
	for i := range snapshot.Groups {
		known[snapshot.Groups[i].Name] = true
	}
	return nearest(name, known)
}
