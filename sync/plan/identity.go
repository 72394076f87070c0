package plan

import (
	"slices"

	"rollcall/source"
)

// DirectoryID names somebody in a source, as a marker does (S01).
type DirectoryID struct {
	Source string `json:"source"`
	ID     string `json:"id"`
}

// Conflict is an address that joins a user whom our marker gives to another
// id (S02).
type Conflict struct {
	Email string `json:"email"`
	User  string `json:"user_id"`
	// Now is who has the address in the directory, Was whom the marker names.
	Now DirectoryID `json:"now"`
	Was DirectoryID `json:"was"`
	// Also are further ids in the markers of the user, in other organizations.
	Also []DirectoryID `json:"-"`
}

// Decision is what an admin said of a [Conflict]: that both ids are one
// person, whose marker is rewritten, or that the user belongs to the old id,
// who is gone, and the new one has no user yet.
type Decision struct {
	Was  DirectoryID   `json:"was"`
	Also []DirectoryID `json:"also,omitempty"`
	New  bool          `json:"new"`
}

// Covers reports whether the decision is about an id in the user's markers.
func (d *Decision) Covers(id DirectoryID) bool { return d.Was == id || slices.Contains(d.Also, id) }

// ConflictOf finds the conflict of an address in a plan. It is nil if there is
// none that an admin can decide.
func (p *Plan) ConflictOf(email string) *Conflict {
	folded, err := source.FoldEmail(email)
	if err != nil {
		return nil
	}
	for i := range p.Holds {
		if c := p.Holds[i].Conflict; c != nil && c.Email == folded {
			return c
		}
	}
	return nil
}
