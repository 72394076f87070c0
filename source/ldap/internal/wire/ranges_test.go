package wire

import (
	"fmt"
	"slices"
	"strconv"
	"testing"
)

func FuzzRange(f *testing.F) {
	for _, s := range []string{"member;range=0-1499", "member;range=1500-*", "member;binary;Range=0-*", "member;range=9-1", "member", ";range=0-*"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		r, ok, err := parseRange(s)
		if ok && (err != nil || r.from < 0 || !r.last && r.to < r.from) {
			t.Fatalf("%q gives %+v, %v", s, r, err)
		}
		if ok == (err != nil) && ok || !ok && r != (valueRange{}) {
			t.Fatalf("%q gives %+v, %t, %v", s, r, ok, err)
		}
		if !ok {
			return
		}
		end := "*"
		if !r.last {
			end = strconv.Itoa(r.to)
		}
		again, ok, err := parseRange(fmt.Sprintf("%s;range=%d-%s", r.attr, r.from, end))
		if !ok || err != nil || again != r {
			t.Fatalf("%q is %+v, spelled plainly %+v, %v", s, r, again, err)
		}
	})
}

// The empty attribute that Active Directory sends beside the one in ranges does
// not hide it.
func TestEmptyBesideARange(t *testing.T) {
	e := &Entry{Attrs: []Attribute{{"member", nil}, {"member;range=0-*", []string{"a", "b"}}, {"cn", nil}}}
	s := &Server{config: &Config{MaxMembers: 9}}
	if err := s.CompleteRanges(t.Context(), e); err != nil || !slices.Equal(e.Get("member"), []string{"a", "b"}) {
		t.Errorf("%q, %v", e.Get("member"), err)
	}
}
