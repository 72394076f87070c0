package people

import (
	"strings"
	"testing"
	"time"

	"rollcall/source/internal/check"
	"rollcall/source/internal/dates"
	"rollcall/source/ldap/internal/wire"
)

// When somebody belongs here, by the configured attributes and by the day on
// which the directory ends the account; what cannot be told makes the member
// unknown, not gone (S10, S28).
func TestS28TermsOfEntries(t *testing.T) {
	for name, x := range map[string]struct {
		schema  string
		attrs   []wire.Attribute
		want    string // from, to and by what; empty for no term
		unknown string // why it cannot be told
	}{
		"no dates":                     {Schema2307, nil, "", ""},
		"empty ones":                   {Schema2307, []wire.Attribute{{Name: "from", Values: []string{" "}}, {Name: "until", Values: []string{""}}}, "", ""},
		"a day to begin":               {Schema2307, []wire.Attribute{{Name: "from", Values: []string{"2026-03-02"}}}, "2026-03-02T00:00:00+01:00", ""},
		"a day to end is one of ours":  {Schema2307, []wire.Attribute{{Name: "until", Values: []string{"20260302"}}}, " 2026-03-03T00:00:00+01:00 until", ""},
		"both, in another case":        {Schema2307, []wire.Attribute{{Name: "From", Values: []string{"2026-03-02"}}, {Name: "UNTIL", Values: []string{"2026-03-02"}}}, "2026-03-02T00:00:00+01:00 2026-03-03T00:00:00+01:00 until", ""},
		"a time":                       {Schema2307, []wire.Attribute{{Name: "until", Values: []string{"20260302080000Z"}}}, " 2026-03-02T09:00:00+01:00 until", ""},
		"a file time":                  {SchemaAD, []wire.Attribute{{Name: "until", Values: []string{"134169264000000000"}}}, " 2026-03-02T13:00:00+01:00 until", ""},
		"never":                        {SchemaAD, []wire.Attribute{{Name: "until", Values: []string{"9223372036854775807"}}, {Name: "accountExpires", Values: []string{"0"}}}, "", ""},
		"ends before it begins":        {Schema2307, []wire.Attribute{{Name: "from", Values: []string{"2026-03-02"}}, {Name: "until", Values: []string{"2026-03-01"}}}, "", "has a until before its from"},
		"two days":                     {Schema2307, []wire.Attribute{{Name: "until", Values: []string{"2026-03-02", "2026-03-03"}}}, "", "has several values of until"},
		"two beginnings":               {Schema2307, []wire.Attribute{{Name: "from", Values: []string{"2026-03-02", "2026-03-03"}}}, "", "has several values of from"},
		"no date":                      {Schema2307, []wire.Attribute{{Name: "from", Values: []string{"soon"}}}, "", "has a from that "},
		"no date to end":               {Schema2307, []wire.Attribute{{Name: "until", Values: []string{"02.03.2026"}}}, "", "has a until that "},
		"the account ends":             {SchemaAD, []wire.Attribute{{Name: "accountExpires", Values: []string{"134169264000000000"}}}, " 2026-03-02T13:00:00+01:00 accountExpires", ""},
		"the account ends before":      {SchemaAD, []wire.Attribute{{Name: "until", Values: []string{"2026-03-02"}}, {Name: "accountExpires", Values: []string{"134169264000000000"}}}, " 2026-03-02T13:00:00+01:00 accountExpires", ""},
		"the account ends after":       {SchemaAD, []wire.Attribute{{Name: "until", Values: []string{"2026-02-02"}}, {Name: "accountExpires", Values: []string{"134169264000000000"}}}, " 2026-02-03T00:00:00+01:00 until", ""},
		"no time of the account":       {SchemaAD, []wire.Attribute{{Name: "accountExpires", Values: []string{"never"}}}, "", "has an accountExpires that is not a valid time"},
		"a shadow":                     {Schema2307, []wire.Attribute{{Name: "shadowExpire", Values: []string{"20512"}}}, " 2026-02-28T00:00:00Z shadowExpire", ""},
		"a shadow that never ends":     {Schema2307, []wire.Attribute{{Name: "shadowExpire", Values: []string{"-1"}}}, "", ""},
		"a shadow from the start":      {Schema2307, []wire.Attribute{{Name: "shadowExpire", Values: []string{"0"}}}, "", "has a shadowExpire of 0, which some"},
		"a shadow of the second day":   {Schema2307, []wire.Attribute{{Name: "shadowExpire", Values: []string{"1"}}}, " 1970-01-02T00:00:00Z shadowExpire", ""},
		"an account that ends in 1601": {SchemaAD, []wire.Attribute{{Name: "accountExpires", Values: []string{"1"}}}, "", "has an accountExpires before 1950"},
		"an end of zero":               {SchemaAD, []wire.Attribute{{Name: "until", Values: []string{"0"}}}, "", ""},
		"an end at the epoch":          {Schema2307, []wire.Attribute{{Name: "until", Values: []string{"1970-01-01"}}}, "", "has a until that is 1970-01-01"},
		"an end at the epoch, UTC":     {Schema2307, []wire.Attribute{{Name: "until", Values: []string{"19700101000000Z"}}}, "", "has a until that is 1970-01-01"},
		"an end at its file time":      {SchemaAD, []wire.Attribute{{Name: "until", Values: []string{"116444736000000000"}}}, "", "has a until that is 1970-01-01"},
		"a beginning at the epoch":     {Schema2307, []wire.Attribute{{Name: "from", Values: []string{"1970-01-01"}}}, "1970-01-01T00:00:00+01:00", ""},
		"a shadow of nothing":          {Schema2307, []wire.Attribute{{Name: "shadowExpire", Values: []string{"x"}}}, "", "has a shadowExpire that is not a number"},
	} {
		r := &Mapper{Config: &Config{Start: "from", End: "until", Dates: dates.NewReader("Europe/Vienna", "")}, Schema: &Schema{Name: x.schema}}
		term, why := r.period(&wire.Entry{Attrs: x.attrs})
		got := ""
		if term != nil {
			if !term.Start.IsZero() {
				got = term.Start.Format(time.RFC3339)
			}
			if !term.End.IsZero() {
				got += " " + term.End.Format(time.RFC3339) + " " + term.EndedBy
			}
		}
		if got != x.want || !strings.HasPrefix(why, x.unknown) || x.unknown == "" && why != "" {
			t.Errorf("%s: %q, %q; want %q, %q", name, got, why, x.want, x.unknown)
		}
	}
}

func TestLDAPDates(t *testing.T) {
	for text, want := range map[string]string{
		"0": "none", "9223372036854775807": "none",
		"133773120000000000": "2024-11-29T01:00:00+01:00", "20261231170000Z": "2026-12-31T18:00:00+01:00",
		"2026123117.5+0100": "2026-12-31T17:30:00+01:00", "20261231": "2026-12-31T00:00:00+01:00 day",
		"2026-12-31": "2026-12-31T00:00:00+01:00 day", "2026-12-31T17:00:00Z": "2026-12-31T18:00:00+01:00",
		"1": "bad", "100000000000000000": "bad", "20261331": "bad", "20261231170000": "bad", "soon": "bad", "-1": "bad", "99999999999999999999": "bad",
	} {
		m, err := readLDAPDate(dates.NewReader("Europe/Vienna", ""), text)
		got := m.At.Format(time.RFC3339)
		switch {
		case err != nil:
			got = "bad"
		case m.At.IsZero():
			got = "none"
		case m.Day:
			got += " day"
		}
		if got != want {
			t.Errorf("%q gives %s (%v), want %s", text, got, err, want)
		}
	}
}

func FuzzDates(f *testing.F) {
	for _, s := range []string{"2026-12-31", "2026-12-31T17:00:00+01:00", "20261231170000Z", "133773120000000000", "31.12.2026", "0", "2026123117.5Z"} {
		f.Add(s, "Europe/Vienna", "%d.%m.%Y")
	}
	f.Fuzz(func(t *testing.T, s, zone, format string) {
		var p check.Problems
		dates.Validate(&p, "csv", zone, []string{format}, true)
		d := dates.NewReader(zone, format)
		m, err := readLDAPDate(d, s)
		if err != nil {
			return
		}
		if !m.At.IsZero() && (m.At.Year() < 1950 || m.End().Before(m.At)) {
			t.Fatalf("%q gives %v until %v", s, m.At, m.End())
		}
		if plain, err := d.Read(s); err == nil && plain.Day && !m.At.IsZero() && m.Day && !plain.At.Equal(m.At) {
			t.Fatalf("%q is two days: %v, %v", s, plain.At, m.At)
		}
	})
}
