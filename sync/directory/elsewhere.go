package directory

import (
	"slices"
	"strings"

	"rollcall/source"
	"rollcall/sync/plan"
)

// Standing is what a source knows of somebody whom it did not give.
type Standing uint8

// What a source may know.
const (
	NotKnown  Standing = iota // it gives those in groups of rules, and says nothing of others
	NotInFile                 // it is a file, which does not have them
	NotChosen                 // it is a file, which does not have them in the rows that count
	InFile                    // it is a file, which has them in other groups
)

// Elsewhere says what the source of an id knows of somebody who is in no snapshot:
// the file, and the groups that they are in there.
func (d *Directory) Elsewhere(id plan.DirectoryID) (file, groups string, standing Standing) {
	for _, s := range d.Snapshots {
		if s.Elsewhere == nil {
			continue
		}
		if d.Same.Of(plan.DirectoryID{Source: s.Source, ID: id.ID}) != d.Same.Of(id) {
			continue
		}
		if named, found := s.Elsewhere.Groups(id.ID); found {
			return fileName(s), named, InFile
		}
		if s.Source == id.Source {
			if file, standing = fileName(s), NotInFile; s.Filtered {
				standing = NotChosen
			}
		}
	}
	return file, "", standing
}

// Alike names groups of a person that no rule uses, and whose names differ only in
// letter case, blanks or punctuation from one that a rule has; and their file.
func (d *Directory) Alike(id plan.DirectoryID) (file string, groups []string) {
	for _, s := range d.Snapshots {
		if s.Alike == nil || d.Same.Of(plan.DirectoryID{Source: s.Source, ID: id.ID}) != d.Same.Of(id) {
			continue
		}
		if named, found := s.Alike.Groups(id.ID); found && named != "" {
			return fileName(s), strings.Split(named, ", ")
		}
	}
	return "", nil
}

// fileName is what people call the file of a source.
func fileName(s *source.Snapshot) string {
	if s.Path == "" || s.Path == "-" {
		return "source " + s.Source
	}
	return s.Path
}

// GroupsOf names the groups of the people whom FindPeople has found, in each
// snapshot.
func (d *Directory) GroupsOf(found map[plan.DirectoryID]*Person) map[*Person][]string {
	groups := map[*Person][]string{}
	for _, p := range found {
		if p != nil {
			groups[p] = nil
		}
	}
	if len(groups) == 0 {
		return groups
	}
	for i, s := range d.Snapshots {
		for j := range s.Groups {
			g := &s.Groups[j]
			for k := range g.Members {
				p := d.People[i][g.Members[k].Person]
				if names, asked := groups[p]; asked && !slices.Contains(names, g.Name) {
					groups[p] = append(names, g.Name)
				}
			}
		}
	}
	return groups
}
