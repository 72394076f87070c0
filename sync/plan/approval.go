package plan

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
)

// ShownHash is how many hexadecimal digits of a hash are shown and asked for, at
// least. Of fewer, anybody can find two sets of changes that begin alike (S23).
const ShownHash = 32

// ShortHash is a hash as it is shown.
func ShortHash(hash string) string { return hash[:min(ShownHash, len(hash))] }

// keyVersion begins each key. An approval that was stored with the keys of an
// earlier version fits nothing.
const keyVersion = 2

// Key is the part of a change that an approval and a saved plan compare: the
// action, the person, the values before and after, and all else that the action
// sends. The reason and the cost are no part of it (S23, S24).
func (c *Change) Key() string {
	key := fmt.Sprintf("%d %q %q %q %q %q %q %q", keyVersion, c.Action, c.Organization, c.Subject(), c.From, c.To, c.Public, c.Private)
	switch c.Action {
	case CreateUser:
		key = fmt.Sprintf("%s %q %q %q", key, c.FirstName, c.LastName, c.ExternalID)
		if c.ReservesAddress {
			key += " reserved"
		}
		return key
	case RevokeInvitation:
		return fmt.Sprintf("%s %q", key, c.InvitationID)
	default:
		return key
	}
}

// KeysOf lists the keys of the changes, sorted.
func KeysOf(set []*Change) []string {
	keys := make([]string, len(set))
	for i, c := range set {
		keys[i] = c.Key()
	}
	slices.Sort(keys)
	return keys
}

// ApprovalHash identifies a set of changes of an instance: SHA-256 over its id
// and their sorted keys, in hex. The same set in another instance has another
// hash (S23, S41).
func ApprovalHash(instance string, set []*Change) string {
	h := sha256.New()
	_, _ = fmt.Fprintf(h, "%q\n", instance)
	for _, k := range KeysOf(set) {
		_, _ = fmt.Fprintln(h, k) // a hash takes everything
	}
	return hex.EncodeToString(h.Sum(nil))
}

// HeldByGuards lists the changes that an approval can free.
func (p *Plan) HeldByGuards() []*Change {
	var set []*Change
	for _, c := range p.Changes() {
		if c.HeldByGuard() {
			set = append(set, c)
		}
	}
	return set
}
