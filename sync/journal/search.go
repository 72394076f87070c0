package journal

import "context"

// Search says which changes to find: those of which all parts that are set hold.
type Search struct {
	Organization string // org_ id
	// Person is a user's id, the id of a person in a source, or an address.
	Person string
	// Text is a part of any of these. Letters of ASCII are compared without case.
	Text string
	// Limit is how many changes to find.
	Limit int
}

// Newest finds changes, the newest first, open ones included. It reads all changes
// that the journal keeps: people ask for it, not runs.
func (t *changeTable) Newest(ctx context.Context, s Search) ([]Change, error) {
	return lines(ctx, t.store, t.scanChange, changeQuery+`WHERE ?1 IN ('', organization)
		AND (?2 = '' OR ?2 IN (user_id, person_id) OR lower(email) = lower(?2))
		AND (?3 = '' OR instr(lower(email), lower(?3)) OR instr(lower(user_id), lower(?3)) OR instr(lower(person_id), lower(?3)))
		ORDER BY id DESC LIMIT ?4`, s.Organization, s.Person, s.Text, s.Limit)
}
