package source

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"io"
	"net"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	ber "github.com/go-asn1-ber/asn1-ber"
	"pgregory.net/rapid"
)

func FuzzDecodeEntry(f *testing.F) {
	fake := &fakeLDAP{rangeSize: 2}
	e := fakeEntry{dn: "cn=a,dc=x", attrs: map[string][]string{"cn": {"a"}, "member": {"b", "c", "d"}}}
	f.Add(fake.entryPacket(7, e, []string{"cn", "member"}).Bytes())
	f.Add([]byte{tagSequence, 0x84, 0xff, 0xff, 0xff, 0xff})
	f.Add([]byte{tagSequence, 0x80})
	f.Fuzz(func(t *testing.T, b []byte) {
		e, err := decodeEntry(b)
		if (e == nil) == (err == nil) {
			t.Fatalf("entry %v, error %v", e, err)
		}
		if err != nil {
			return
		}
		plainDN(t, e, b)
		size := len(e.dn)
		for _, a := range e.attrs {
			size += len(a.name)
			for _, v := range a.values {
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
func plainDN(t *testing.T, e *entry, message []byte) {
	p, err := ber.DecodePacketErr(message)
	if err != nil || len(p.Children) < 2 || len(p.Children[1].Children) < 2 {
		return
	}
	theirs := p.Children[1].Children
	if dn := theirs[0].Data.String(); dn != e.dn {
		t.Fatalf("dn %q, go-ldap reads %q", e.dn, dn)
	}
	if n := len(theirs[1].Children); n != len(e.attrs) {
		t.Fatalf("%d attributes, go-ldap reads %d", len(e.attrs), n)
	}
	for i, a := range theirs[1].Children {
		if len(a.Children) > 1 && (a.Children[0].Data.String() != e.attrs[i].name || len(a.Children[1].Children) != len(e.attrs[i].values)) {
			t.Fatalf("attribute %q with %d values, go-ldap reads %q with %d", e.attrs[i].name, len(e.attrs[i].values), a.Children[0].Data.String(), len(a.Children[1].Children))
		}
	}
}

// bytesConn is a connection from which bytes come and nothing else.
type bytesConn struct {
	net.Conn
	io.Reader
}

func (c bytesConn) Read(b []byte) (int, error) { return c.Reader.Read(b) }

// FuzzEntryTap checks that every byte is either an entry's or go-ldap's.
func FuzzEntryTap(f *testing.F) {
	fake := &fakeLDAP{}
	one := fake.entryPacket(7, fakeEntry{dn: "cn=a,dc=x", attrs: map[string][]string{"cn": {"a"}}}, []string{"cn"}).Bytes()
	done := result(7, 5, 0, nil).Bytes()
	f.Add(append(append([]byte{}, one...), done...))
	f.Add(done)
	f.Add(done[:1])
	f.Fuzz(func(t *testing.T, b []byte) {
		tap := newEntryTap(bytesConn{Reader: bytes.NewReader(b)})
		page := new(rawPage)
		tap.collect(page)
		passed, err := io.ReadAll(tap)
		if err == nil && len(passed)+len(page.buf) != len(b) {
			t.Fatalf("%d bytes passed and %d kept, of %d", len(passed), len(page.buf), len(b))
		}
		if len(passed) > len(b) {
			t.Fatalf("%d bytes passed, of %d", len(passed), len(b))
		}
		_ = page.each(func(*entry) error { return nil })
	})
}

func FuzzDNKey(f *testing.F) {
	for _, s := range []string{"cn=a,dc=x", `cn=Smith\2C Ann+uid=b , dc=X`, "cn=#04024869", "cn=\u212a,dc=x", `cn=\`} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		key, err := dnKey(s)
		if err != nil {
			return
		}
		if upper, err := dnKey(upperASCII(s)); err == nil && !strings.ContainsAny(s, `\#`) && upper != key {
			t.Fatalf("case changes the key of %q: %q, %q", s, key, upper)
		}
	})
}

func upperASCII(s string) string {
	return strings.Map(func(r rune) rune {
		if 'a' <= r && r <= 'z' {
			return r - 'a' + 'A'
		}
		return r
	}, s)
}

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

func FuzzTimes(f *testing.F) {
	for _, s := range []string{"20261123120000Z", "20261123120000.123+0130", "133773120000000000", "-1", "9223372036854775807"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if at, ok := generalizedTime(s); ok && at.Location() != time.UTC {
			t.Fatalf("%q is not in UTC", s)
		}
		if want, err := time.Parse("20060102150405Z", s); err == nil {
			if at, ok := generalizedTime(s); !ok || !at.Truncate(time.Second).Equal(want.Truncate(time.Second)) {
				t.Fatalf("%q is %s, %t", s, at, ok)
			}
		}
		if at, ok := fileTime(s); ok {
			n, err := strconv.ParseInt(s, 10, 64)
			const toUnix = 11_644_473_600
			if back := (at.Unix()+toUnix)*1e7 + int64(at.Nanosecond()/100); err != nil || back != n || at.Year() < 1601 {
				t.Fatalf("%q is %s, which is %d", s, at, back)
			}
		}
	})
}

func FuzzGUIDAndSID(f *testing.F) {
	f.Add("\x33\x22\x11\x00\x55\x44\x77\x66\x88\x99\xaa\xbb\xcc\xdd\xee\xff")
	f.Add("\x01\x01\x00\x00\x00\x00\x00\x05\x15\x00\x00\x00")
	f.Fuzz(func(t *testing.T, s string) {
		if text, ok := formatGUID(s); ok {
			u, err := hex.DecodeString(strings.ReplaceAll(text, "-", "")) // big-endian, where Windows is not
			for _, swap := range [][2]int{{0, 3}, {1, 2}, {4, 5}, {6, 7}} {
				u[swap[0]], u[swap[1]] = u[swap[1]], u[swap[0]]
			}
			if err != nil || string(u) != s {
				t.Fatalf("guid %q of %x", text, s)
			}
		}
		text, rid, ok := formatSID(s)
		if !ok {
			return
		}
		parts := strings.Split(text, "-")
		if parts[0] != "S" || parts[1] != "1" || len(parts) != 3+int(s[1]) || parts[len(parts)-1] != fmt.Sprint(rid) {
			t.Fatalf("sid %q of %x, rid %d", text, s, rid)
		}
	})
}

func FuzzEmailTemplate(f *testing.F) {
	for _, s := range []string{"mail", "{mail|userPrincipalName}", "{uid}@x.example", "{{{uid}}}@x", "{", "}", "{|}"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		parsed, err := parseEmailTemplate(s)
		if err != nil {
			return
		}
		if len(parsed.attributes()) == 0 {
			t.Fatalf("%q names no attribute", s)
		}
		if got := parsed.candidates(&entry{}); len(slices.Concat(got...)) > 0 {
			t.Fatalf("%q makes %q of nothing", s, got)
		}
		full := &entry{}
		for _, name := range parsed.attributes() {
			full.attrs = append(full.attrs, entryAttr{name, []string{"value"}})
		}
		if got := parsed.candidates(full); len(got) == 0 || len(got[0]) != 1 || !strings.Contains(got[0][0], "value") {
			t.Fatalf("%q makes %q of a full entry", s, got)
		}
	})
}

// TestDNKeyIsOneForEverySpelling spells random DNs in random ways.
func TestDNKeyIsOneForEverySpelling(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 4).Draw(t, "rdns")
		var plain, other []string
		for range n {
			v := rapid.StringOfN(rapid.RuneFrom([]rune(`abZ ,+"\<>;=#öß李0`)), 1, 8, -1).Filter(func(s string) bool {
				return strings.TrimSpace(s) == s
			}).Draw(t, "value")
			plain = append(plain, "cn="+hexAll(v))
			other = append(other, rapid.SampledFrom([]string{"cn=", "CN =", " Cn= "}).Draw(t, "type")+escapeRDN(v))
		}
		a, errA := dnKey(strings.Join(plain, ","))
		b, errB := dnKey(strings.Join(other, ","))
		if errA != nil || errB != nil || a != b {
			t.Fatalf("%q: %q, %v; %q: %q, %v", plain, a, errA, other, b, errB)
		}
	})
}

// hexAll escapes every byte, the most cautious spelling there is.
func hexAll(v string) string {
	const digits = "0123456789abcdef"
	var b strings.Builder
	for i := range len(v) {
		b.WriteString(`\` + string(digits[v[i]>>4]) + string(digits[v[i]&15]))
	}
	return b.String()
}
