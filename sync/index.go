package sync

import (
	"hash/maphash"
	"math/bits"
	"slices"
)

// hashIndex finds the members under a key by chains of their numbers. It
// holds no pointers and no copies of keys: a map of a million identities to
// lists of users would be ten times as large, and the garbage collector would
// have to walk it. The caller compares what it is given with the key.
type hashIndex struct {
	heads []int32 // by hash: the number of the last member there, plus one
	next  []int32 // by number: the one before it, plus one; 0 ends the chain
}

// newHashIndex makes an index for n members.
func newHashIndex(n int) hashIndex {
	return hashIndex{heads: make([]int32, 1<<bits.Len(uint(n))), next: make([]int32, 0, n)}
}

// head is where the chain of a hash begins; there are 2ⁿ of them.
func (x *hashIndex) head(hash uint64) *int32 { return &x.heads[hash&uint64(len(x.heads)-1)] }

// add gives the key the next number, from 0.
func (x *hashIndex) add(hash uint64) {
	head := x.head(hash)
	x.next = append(x.next, *head)
	*head = int32(len(x.next)) // a member takes hundreds of bytes: there are never 2³¹
}

// each walks the numbers in the chain of a hash, the last added first.
func (x *hashIndex) each(hash uint64, visit func(number int)) {
	for i := *x.head(hash); i > 0; i = x.next[i-1] {
		visit(int(i - 1))
	}
}

// markedMembers are the members with our marker, found by who they are for and by user.
type markedMembers struct {
	seed               maphash.Seed
	same               sameIDs
	members            []*member
	byIdentity, byUser hashIndex
}

func newMarkedMembers(n int, same sameIDs) *markedMembers {
	seed := maphash.MakeSeed()
	return &markedMembers{seed: seed, same: same, members: make([]*member, 0, n), byIdentity: newHashIndex(n), byUser: newHashIndex(n)}
}

func (x *markedMembers) add(m *member) {
	x.members = append(x.members, m)
	x.byIdentity.add(x.hash(x.same.of(m.marker.identity())))
	x.byUser.add(maphash.String(x.seed, m.UserID))
}

// any reports whether anybody carries our marker.
func (x *markedMembers) any() bool { return len(x.members) > 0 }

func (x *markedMembers) hash(id identity) uint64 {
	return maphash.String(x.seed, id.source) ^ 3*maphash.String(x.seed, id.id)
}

// users appends the users whom our markers give the identity, or the same id of
// another source, each once.
func (x *markedMembers) users(id identity, users []string) []string {
	id = x.same.of(id)
	x.byIdentity.each(x.hash(id), func(i int) {
		if m := x.members[i]; x.same.of(m.marker.identity()) == id && !slices.Contains(users, m.UserID) {
			users = append(users, m.UserID)
		}
	})
	return users
}

// identities appends the identities that our markers give the user, each once.
func (x *markedMembers) identities(user string, ids []identity) []identity {
	x.byUser.each(maphash.String(x.seed, user), func(i int) {
		if m := x.members[i]; m.UserID == user && !slices.Contains(ids, m.marker.identity()) {
			ids = append(ids, m.marker.identity())
		}
	})
	return ids
}
