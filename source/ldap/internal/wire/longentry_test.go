package wire

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"runtime"
	"strings"
	"testing"

	"rollcall/source/ldap/ldaptest"
)

// readOne reads one entry as a search does.
func readOne(t *testing.T, stream io.Reader) (*Entry, int, error) {
	t.Helper()
	reader, page := newEntryReader(bytesConn{Reader: stream}), &rawPage{lists: []string{"member"}, most: maxPage}
	reader.collect(page)
	if err := reader.next(); err != nil {
		return nil, 0, err
	}
	var found *Entry
	err := page.each(func(e *Entry) error { found = e; return nil })
	return found, len(page.buf), err
}

// An attribute takes so many bytes at most, however its values are cut and whether
// the entry is long; members stay whole, and so does what is within the bound.
func TestS37AttributesAreBounded(t *testing.T) {
	values := func(n, size int) (list []string) {
		for i := range n {
			list = append(list, fmt.Sprintf("%06d%s", i, strings.Repeat("x", size-6)))
		}
		return list
	}
	for name, pad := range map[string]int{"short entry": 0, "long entry": 2 * longEntry / 1000} {
		e := ldaptest.Entry{DN: "cn=a,dc=x", Attrs: map[string][]string{
			"description": values(3, maxValue-10), "mail": values(20_000/8, 100), "cn": {"a", "b"},
			"member": append(values(2000, 100), values(pad, 1000)...), "member;range=0-1": {strings.Repeat("y", 2*maxValue), "z"},
			"info": {strings.Repeat("y", 2*maxValue)},
		}}
		b := (&ldaptest.Fake{}).EntryPacket(7, e, []string{"description", "mail", "cn", "member", "info"}).Bytes()
		if len(b) > longEntry != (pad > 0) {
			t.Fatalf("%s: %d bytes", name, len(b))
		}
		got, _, err := readOne(t, bytes.NewReader(b))
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		for attribute, want := range map[string]int{"description": 2, "mail": maxValue/100 + 1, "cn": 2, "member": 2000 + pad, "info": 1} {
			if v := got.Get(attribute); len(v) != want || v[0] != e.Attrs[attribute][0][:min(maxValue, len(v[0]))] {
				t.Errorf("%s: %d values of %s, want %d", name, len(v), attribute, want)
			}
		}
		if v := got.Get("description"); len(v[0]) != maxValue-10 || len(v[1]) != 10 {
			t.Errorf("%s: %d and %d bytes of description", name, len(v[0]), len(v[1]))
		}
	}
}

// An entry of hundreds of megabytes takes memory for what is kept of it.
func TestS37LongEntriesAreShortenedAsTheyArrive(t *testing.T) {
	const values, size = 57, 3_900_000
	value := wrap(tagOctets, nil, size)
	rest := values * (len(value) + size)
	head := wrap(tagSet, nil, rest)
	head = wrap(tagSequence, append(element(tagOctets, "description"), head...), rest)
	head = wrap(tagSequence, head, rest) // the list of attributes
	head = wrap(tagSearchEntry, append(element(tagOctets, "cn=a"), head...), rest)
	head = wrap(tagSequence, append(element(tagInteger, "\x07"), head...), rest)
	parts := []io.Reader{bytes.NewReader(head)}
	content := make([]byte, size)
	for range values {
		parts = append(parts, bytes.NewReader(value), bytes.NewReader(content))
	}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	e, kept, err := readOne(t, io.MultiReader(parts...))
	runtime.ReadMemStats(&after)
	if err != nil {
		t.Fatal(err)
	}
	if v := e.Get("description"); len(v) != 1 || len(v[0]) != maxValue {
		t.Errorf("%d values", len(v))
	}
	if used := after.TotalAlloc - before.TotalAlloc; kept > maxValue+1000 || used > 1<<20 {
		t.Errorf("%d bytes kept, %d allocated", kept, used)
	}
}

// wrap is the beginning of an element that holds some bytes and so many more.
func wrap(tag byte, begin []byte, more int) []byte {
	n := len(begin) + more
	return append([]byte{tag, 0x84, byte(n >> 24), byte(n >> 16), byte(n >> 8), byte(n)}, begin...)
}

func element(tag byte, content string) []byte {
	return append([]byte{tag, byte(len(content))}, content...)
}

// A long entry that is cut, or whose lengths do not fit, is an error (S09).
func TestS09LongEntriesThatAreCut(t *testing.T) {
	e := ldaptest.Entry{DN: "cn=a,dc=x", Attrs: map[string][]string{"member": {"a", strings.Repeat("m", 2*longEntry), "c"}}}
	whole := (&ldaptest.Fake{}).EntryPacket(7, e, []string{"member"}).Bytes()
	if _, _, err := readOne(t, bytes.NewReader(whole)); err != nil {
		t.Fatal(err)
	}
	for _, n := range []int{10, 20, 40, 100, longEntry, len(whole) - 1} {
		if got, _, err := readOne(t, bytes.NewReader(whole[:n])); err == nil {
			t.Errorf("%d of %d bytes give %+v", n, len(whole), got)
		}
	}
	for i := range 45 { // tags and lengths
		bad := bytes.Clone(whole)
		bad[i] ^= 0x10
		got, _, err := readOne(t, bytes.NewReader(bad))
		if err == nil && got.DN == e.DN && len(got.Get("member")) == 3 && bytes.IndexByte([]byte{tagSequence, tagSet, tagSearchEntry, 0x82, 0x83, 0x84}, whole[i]) >= 0 {
			t.Errorf("byte %d, %#x, passes as %#x", i, whole[i], bad[i])
		}
		if err != nil && !errors.Is(err, ErrMalformed) && !errors.Is(err, io.ErrUnexpectedEOF) {
			t.Errorf("byte %d: %v", i, err)
		}
	}
}
