package roster

import (
	"hash/maphash"
	"math/bits"
	"slices"

	"rollcall/sync/plan"
	"rollcall/sync/policy"
)

// MarkerIndex finds the members with our marker by the id in the marker and by
// user.
type MarkerIndex struct {
	Seed                  maphash.Seed
	Same                  policy.SameIDs
	members               []*Member
	byDirectoryID, byUser hashIndex
}

// NewMarkerIndex makes an index for n members.
func NewMarkerIndex(n int, same policy.SameIDs) *MarkerIndex {
	seed := maphash.MakeSeed()
	return &MarkerIndex{Seed: seed, Same: same, members: make([]*Member, 0, n), byDirectoryID: newHashIndex(n), byUser: newHashIndex(n)}
}

// Add adds a member with our marker.
func (x *MarkerIndex) Add(m *Member) {
	x.members = append(x.members, m)
	x.byDirectoryID.add(x.hash(x.Same.Of(m.Marker.DirectoryID())))
	x.byUser.add(maphash.String(x.Seed, m.UserID))
}

// Any reports whether a member has our marker.
func (x *MarkerIndex) Any() bool { return len(x.members) > 0 }

func (x *MarkerIndex) hash(id plan.DirectoryID) uint64 {
	return maphash.String(x.Seed, id.Source) ^ 3*maphash.String(x.Seed, id.ID)
}

// Users appends the users whose markers have the id, or the same id of another
// source, each once.
func (x *MarkerIndex) Users(id plan.DirectoryID, users []string) []string {
	id = x.Same.Of(id)
	x.byDirectoryID.each(x.hash(id), func(i int) {
		if m := x.members[i]; x.Same.Of(m.Marker.DirectoryID()) == id && !slices.Contains(users, m.UserID) {
			users = append(users, m.UserID)
		}
	})
	return users
}

// UsersOfID appends the users whose markers have the id, of whatever source, each
// once.
func (x *MarkerIndex) UsersOfID(id string, users []string) []string {
	for _, m := range x.members {
		if m.Marker.DirectoryID().ID == id && !slices.Contains(users, m.UserID) {
			users = append(users, m.UserID)
		}
	}
	return users
}

// DirectoryIDs appends the ids in the markers of the user, each once.
func (x *MarkerIndex) DirectoryIDs(user string, ids []plan.DirectoryID) []plan.DirectoryID {
	x.byUser.each(maphash.String(x.Seed, user), func(i int) {
		if m := x.members[i]; m.UserID == user && !slices.Contains(ids, m.Marker.DirectoryID()) {
			ids = append(ids, m.Marker.DirectoryID())
		}
	})
	return ids
}

// hashIndex finds members by key, in chains of their numbers. It holds no
// pointers and no copies of keys: a map from a million ids to lists of users
// would be ten times as large, and the garbage collector would have to scan it.
// The upper half of each hash stands beside the chain, so that a member with
// another key is almost never read. The caller compares each result with the key.
type hashIndex struct {
	heads   []int32 // by hash: the number of the last member there, plus one
	entries []hashEntry
}

// hashEntry is the place of one member in its chain.
type hashEntry struct {
	before int32  // the number of the one before it, plus one; 0 ends the chain
	tag    uint32 // the upper half of the hash
}

// newHashIndex makes an index for n members.
func newHashIndex(n int) hashIndex {
	return hashIndex{heads: make([]int32, 1<<bits.Len(uint(n))), entries: make([]hashEntry, 0, n)}
}

// head is the beginning of the chain of a hash.
func (x *hashIndex) head(hash uint64) *int32 { return &x.heads[hash&uint64(len(x.heads)-1)] }

// add gives the key the next number, beginning with 0.
func (x *hashIndex) add(hash uint64) {
	head := x.head(hash)
	x.entries = append(x.entries, hashEntry{before: *head, tag: uint32(hash >> 32)})
	*head = int32(len(x.entries)) // a member takes hundreds of bytes: there are never 2³¹
}

// each visits the numbers of members with the hash, the last one first.
func (x *hashIndex) each(hash uint64, visit func(number int)) {
	for i := *x.head(hash); i > 0; {
		e := x.entries[i-1]
		if e.tag == uint32(hash>>32) {
			visit(int(i - 1))
		}
		i = e.before
	}
}
