package source

import (
	"bytes"
	"io"
	"net"
	"strings"
	"testing"
	"time"

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
		if at, ok := fileTime(s); ok && at.Year() < 1601 {
			t.Fatalf("%q is in %d", s, at.Year())
		}
	})
}

func FuzzGUIDAndSID(f *testing.F) {
	f.Add("\x33\x22\x11\x00\x55\x44\x77\x66\x88\x99\xaa\xbb\xcc\xdd\xee\xff")
	f.Add("\x01\x01\x00\x00\x00\x00\x00\x05\x15\x00\x00\x00")
	f.Fuzz(func(t *testing.T, s string) {
		if text, ok := formatGUID(s); ok && (len(text) != 36 || len(s) != 16) {
			t.Fatalf("guid %q of %d bytes", text, len(s))
		}
		if text, _, ok := formatSID(s); ok && !strings.HasPrefix(text, "S-1-") {
			t.Fatalf("sid %q", text)
		}
	})
}

func FuzzEmailTemplate(f *testing.F) {
	for _, s := range []string{"mail", "{mail|userPrincipalName}", "{uid}@x.example", "{{{uid}}}@x", "{", "}", "{|}"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		parsed, err := parseEmailTemplate(s)
		if err == nil && len(parsed.attributes()) == 0 {
			t.Fatalf("%q names no attribute", s)
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
