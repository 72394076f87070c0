package sync

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
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
