package sync

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"slices"
)

// key is what an approval and a plan file compare of a change: what it does,
// to whom, from what to what; not why, nor what it costs (S23, S24).
func (c *Change) key() string {
	who := cmp.Or(c.UserID, c.Email)
	return fmt.Sprintf("%q %q %q %q %q %q %q", c.Action, c.Organization, who, c.From, c.To, c.Public, c.Private)
}

// approvalHash names a set of changes: SHA-256 over their sorted keys, in hex.
func approvalHash(set []*Change) string {
	keys := make([]string, len(set))
	for i, c := range set {
		keys[i] = c.key()
	}
	slices.Sort(keys)
	h := sha256.New()
	for _, k := range keys {
		_, _ = fmt.Fprintln(h, k) // a hash takes everything
	}
	return hex.EncodeToString(h.Sum(nil))
}

// approvals are the hashes that the admin approves, and whether each fitted a
// held set of today.
type approvals map[string]bool

func newApprovals(hashes []string) approvals {
	a := approvals{}
	for _, hash := range hashes {
		a[hash] = false
	}
	return a
}

// allow reports whether the set with this hash is approved.
func (a approvals) allow(hash string) bool {
	if _, ok := a[hash]; !ok {
		return false
	}
	a[hash] = true
	return true
}

// stale says which approvals fitted nothing: silence would look like consent.
func (a approvals) stale() []Note {
	var notes []Note
	for _, hash := range slices.Sorted(maps.Keys(a)) {
		if !a[hash] {
			notes = append(notes, Note{Rule: "S23", Text: fmt.Sprintf(
				"approval %s… fits nothing that is held now, so it let nothing pass: read the plan again", hash[:min(12, len(hash))])})
		}
	}
	return notes
}
