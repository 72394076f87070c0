package sync

import (
	"encoding/json"

	"rollcall/source"
	"rollcall/sync/journal"
)

// DirectoryID names somebody in a source, as a marker does (S01).
type DirectoryID struct {
	Source string `json:"source"`
	ID     string `json:"id"`
}

func (id identity) origin() DirectoryID { return DirectoryID{id.source, id.id} }

// Conflict is an address that joins a user whom our marker gives to another
// id (S02).
type Conflict struct {
	Email string `json:"email"`
	User  string `json:"user_id"`
	// Now is who has the address in the directory, Was whom the marker names.
	Now DirectoryID `json:"now"`
	Was DirectoryID `json:"was"`
}

func conflictOf(p *person, user string, other identity) *Conflict {
	return &Conflict{Email: p.Email, User: user, Now: p.identity().origin(), Was: other.origin()}
}

// Decision is what an admin said of a [Conflict]: that both ids are one
// person, whose marker is rewritten, or that the user belongs to the old id,
// who is gone, and the new one has no user yet.
type Decision struct {
	Was DirectoryID `json:"was"`
	New bool        `json:"new"`
}

// Decide is the fact that makes later runs follow the decision.
func (c *Conflict) Decide(newPerson bool) journal.Fact {
	value, err := json.Marshal(Decision{c.Was, newPerson})
	if err != nil {
		panic("a decision cannot be encoded: " + err.Error()) // it is strings
	}
	return journal.Fact{Kind: factDecided, Key: decisionKey(c.Now, c.User), Value: value}
}

func decisionKey(now DirectoryID, user string) string {
	return now.Source + "\x1f" + now.ID + "\x1f" + user
}

// decision is what an admin said of a person and a user; the zero Decision
// when nobody said anything.
func (m *memory) decision(p *person, user string) Decision {
	if m == nil || len(m.decided) == 0 {
		return Decision{}
	}
	return m.decided[decisionKey(p.identity().origin(), user)]
}

// rememberNew keeps what id_changed: new said of people: once the old
// membership is gone, no marker tells any more that the user is somebody else.
func (n *notebook) rememberNew(people []*person) {
	for _, p := range people {
		if user := p.notUser(); user != "" {
			c := Conflict{User: user, Now: p.identity().origin(), Was: p.rare.was}
			f := c.Decide(true)
			n.set = append(n.set, f)
		}
	}
}

// ConflictOf finds the conflict of an address in a plan; nil when it has none
// that an admin can decide.
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
