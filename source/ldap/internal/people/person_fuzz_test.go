package people

import (
	"strconv"
	"testing"

	"rollcall/source/internal/dates"
	"rollcall/source/ldap/internal/wire"
)

// FuzzAccount: an account whose flags or end make no sense is never taken for
// an enabled one, or for one without an end, without a word.
func FuzzAccount(f *testing.F) {
	for _, s := range [][2]string{{"512", "0"}, {"514", "9223372036854775807"}, {"", ""}, {"-2", "133773120000000000"}, {"0x2", "x"}, {"66050", "1"}} {
		f.Add(s[0], s[1])
	}
	r := &Mapper{Config: &Config{Dates: dates.NewReader("UTC", "")}, Schema: &Schema{Name: SchemaAD}}
	f.Fuzz(func(t *testing.T, flags, expires string) {
		e := &wire.Entry{Attrs: []wire.Attribute{{Name: "userAccountControl", Values: []string{flags}}, {Name: "accountExpires", Values: []string{expires}}}}
		reason, why := r.disabled(e)
		n, err := strconv.ParseInt(flags, 10, 64)
		if unreadable, disabled := err != nil, err == nil && n&2 != 0; (why != "") != unreadable || (reason != "") != disabled {
			t.Fatalf("flags %q: disabled %q, unknown %q", flags, reason, why)
		}
		at, readable := fileTime(expires)
		ends := expires != "" && expires != "0" && expires != "9223372036854775807"
		switch period, why := r.period(e); {
		case !ends:
			if period != nil || why != "" {
				t.Fatalf("expires %q: %v %q", expires, period, why)
			}
		case !readable || at.Year() < 1950:
			if why == "" {
				t.Fatalf("expires %q: no word about it", expires)
			}
		case why != "" || period == nil || !period.End.Equal(at) || period.EndedBy != "accountExpires":
			t.Fatalf("expires %q: %v %q", expires, period, why)
		}
	})
}
