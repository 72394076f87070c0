package people

import (
	"encoding/hex"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"rollcall/source/ldap/internal/wire"
)

func FuzzTimes(f *testing.F) {
	for _, s := range []string{"20261123120000Z", "20261123120000.123+0130", "133773120000000000", "-1", "9223372036854775807"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if at, ok := GeneralizedTime(s); ok && at.Location() != time.UTC {
			t.Fatalf("%q is not in UTC", s)
		}
		if want, err := time.Parse("20060102150405Z", s); err == nil {
			if at, ok := GeneralizedTime(s); !ok || !at.Truncate(time.Second).Equal(want.Truncate(time.Second)) {
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
		if text, ok := FormatGUID(s); ok {
			u, err := hex.DecodeString(strings.ReplaceAll(text, "-", "")) // big-endian, where Windows is not
			for _, swap := range [][2]int{{0, 3}, {1, 2}, {4, 5}, {6, 7}} {
				u[swap[0]], u[swap[1]] = u[swap[1]], u[swap[0]]
			}
			if err != nil || string(u) != s {
				t.Fatalf("guid %q of %x", text, s)
			}
		}
		text, rid, ok := FormatSID(s)
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
		parsed, err := ParseEmailTemplate(s)
		if err != nil {
			return
		}
		if len(parsed.Attributes()) == 0 {
			t.Fatalf("%q names no attribute", s)
		}
		if got := parsed.candidates(&wire.Entry{}); len(slices.Concat(got...)) > 0 {
			t.Fatalf("%q makes %q of nothing", s, got)
		}
		full := &wire.Entry{}
		for _, name := range parsed.Attributes() {
			full.Attrs = append(full.Attrs, wire.Attribute{Name: name, Values: []string{"value"}})
		}
		if got := parsed.candidates(full); len(got) == 0 || len(got[0]) != 1 || !strings.Contains(got[0][0], "value") {
			t.Fatalf("%q makes %q of a full entry", s, got)
		}
	})
}
