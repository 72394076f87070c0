package wire

import (
	"testing"

	ber "github.com/go-asn1-ber/asn1-ber"

	"rollcall/source/ldap/ldaptest"
)

func FuzzDecodeEntry(f *testing.F) {
	fake := &ldaptest.Fake{RangeSize: 2}
	e := ldaptest.Entry{DN: "cn=a,dc=x", Attrs: map[string][]string{"cn": {"a"}, "member": {"b", "c", "d"}}}
	f.Add(fake.EntryPacket(7, e, []string{"cn", "member"}).Bytes())
	f.Add([]byte{tagSequence, 0x84, 0xff, 0xff, 0xff, 0xff})
	f.Add([]byte{tagSequence, 0x80})
	f.Fuzz(func(t *testing.T, b []byte) {
		e, err := decodeEntry(b, nil)
		if (e == nil) == (err == nil) {
			t.Fatalf("entry %v, error %v", e, err)
		}
		if err != nil {
			return
		}
		plainDN(t, e, b)
		size := len(e.DN)
		for _, a := range e.Attrs {
			size += len(a.Name)
			for _, v := range a.Values {
				size += len(v)
			}
		}
		if size > len(b) {
			t.Fatalf("%d bytes out of %d", size, len(b))
		}
	})
}

// plainDN wants of an entry what go-ldap's own decoder finds in the message,
// where that one can read it.
func plainDN(t *testing.T, e *Entry, message []byte) {
	p, err := ber.DecodePacketErr(message)
	if err != nil || len(p.Children) < 2 || len(p.Children[1].Children) < 2 {
		return
	}
	theirs := p.Children[1].Children
	if dn := theirs[0].Data.String(); dn != e.DN {
		t.Fatalf("dn %q, go-ldap reads %q", e.DN, dn)
	}
	if n := len(theirs[1].Children); n != len(e.Attrs) {
		t.Fatalf("%d attributes, go-ldap reads %d", len(e.Attrs), n)
	}
	for i, a := range theirs[1].Children {
		if len(a.Children) > 1 && (a.Children[0].Data.String() != e.Attrs[i].Name || len(a.Children[1].Children) != len(e.Attrs[i].Values)) {
			t.Fatalf("attribute %q with %d values, go-ldap reads %q with %d", e.Attrs[i].Name, len(e.Attrs[i].Values), a.Children[0].Data.String(), len(a.Children[1].Children))
		}
	}
}

// TestS09CutEntries: no part of an entry passes for the whole, and a wrong tag
// anywhere is an error.
func TestS09CutEntries(t *testing.T) {
	e := ldaptest.Entry{DN: "cn=a,dc=x", Attrs: map[string][]string{"cn": {"a"}, "member": {"b", "c"}}}
	whole := (&ldaptest.Fake{}).EntryPacket(7, e, []string{"cn", "member"}).Bytes()
	for n := range whole {
		if got, err := decodeEntry(whole[:n], nil); err == nil {
			t.Errorf("%d of %d bytes give %+v", n, len(whole), got)
		}
	}
	tags := 0
	for i, b := range whole {
		if b != tagOctets && b != tagSequence && b != tagSet && b != tagSearchEntry && b != tagInteger {
			continue
		}
		bad := append([]byte{}, whole...)
		bad[i] = 0x0a
		if _, err := decodeEntry(bad, nil); err != nil {
			tags++
		}
	}
	if tags < 10 {
		t.Errorf("%d wrong tags were noticed", tags)
	}
}
