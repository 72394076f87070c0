package source

import (
	"strings"
	"testing"
	"time"
)

// When somebody belongs here, by the configured attributes and by the day on
// which the directory ends the account; what cannot be told makes the member
// unknown, not gone (S10, S28).
func TestS28TermsOfEntries(t *testing.T) {
	for name, x := range map[string]struct {
		schema  string
		attrs   []entryAttr
		want    string // from, to and by what; empty for no term
		unknown string // why it cannot be told
	}{
		"no dates":                    {schema2307, nil, "", ""},
		"empty ones":                  {schema2307, []entryAttr{{"from", []string{" "}}, {"until", []string{""}}}, "", ""},
		"a day to begin":              {schema2307, []entryAttr{{"from", []string{"2026-03-02"}}}, "2026-03-02T00:00:00+01:00", ""},
		"a day to end is one of ours": {schema2307, []entryAttr{{"until", []string{"20260302"}}}, " 2026-03-03T00:00:00+01:00 until", ""},
		"both, in another case":       {schema2307, []entryAttr{{"From", []string{"2026-03-02"}}, {"UNTIL", []string{"2026-03-02"}}}, "2026-03-02T00:00:00+01:00 2026-03-03T00:00:00+01:00 until", ""},
		"a time":                      {schema2307, []entryAttr{{"until", []string{"20260302080000Z"}}}, " 2026-03-02T09:00:00+01:00 until", ""},
		"a file time":                 {schemaAD, []entryAttr{{"until", []string{"134169264000000000"}}}, " 2026-03-02T13:00:00+01:00 until", ""},
		"never":                       {schemaAD, []entryAttr{{"until", []string{"9223372036854775807"}}, {"accountExpires", []string{"0"}}}, "", ""},
		"ends before it begins":       {schema2307, []entryAttr{{"from", []string{"2026-03-02"}}, {"until", []string{"2026-03-01"}}}, "", "has a until before its from"},
		"two days":                    {schema2307, []entryAttr{{"until", []string{"2026-03-02", "2026-03-03"}}}, "", "has several values of until"},
		"two beginnings":              {schema2307, []entryAttr{{"from", []string{"2026-03-02", "2026-03-03"}}}, "", "has several values of from"},
		"no date":                     {schema2307, []entryAttr{{"from", []string{"soon"}}}, "", "has a from that "},
		"no date to end":              {schema2307, []entryAttr{{"until", []string{"02.03.2026"}}}, "", "has a until that "},
		"the account ends":            {schemaAD, []entryAttr{{"accountExpires", []string{"134169264000000000"}}}, " 2026-03-02T13:00:00+01:00 accountExpires", ""},
		"the account ends before":     {schemaAD, []entryAttr{{"until", []string{"2026-03-02"}}, {"accountExpires", []string{"134169264000000000"}}}, " 2026-03-02T13:00:00+01:00 accountExpires", ""},
		"the account ends after":      {schemaAD, []entryAttr{{"until", []string{"2026-02-02"}}, {"accountExpires", []string{"134169264000000000"}}}, " 2026-02-03T00:00:00+01:00 until", ""},
		"no time of the account":      {schemaAD, []entryAttr{{"accountExpires", []string{"never"}}}, "", "has an accountExpires that is no time"},
		"a shadow":                    {schema2307, []entryAttr{{"shadowExpire", []string{"20512"}}}, " 2026-02-28T00:00:00Z shadowExpire", ""},
		"a shadow that never ends":    {schema2307, []entryAttr{{"shadowExpire", []string{"-1"}}}, "", ""},
		"a shadow from the start":     {schema2307, []entryAttr{{"shadowExpire", []string{"0"}}}, " 1970-01-01T00:00:00Z shadowExpire", ""},
		"a shadow of nothing":         {schema2307, []entryAttr{{"shadowExpire", []string{"x"}}}, "", "has a shadowExpire that is no number"},
	} {
		r := &session{ldapSource: &ldapSource{cfg: LDAPConfig{Start: "from", End: "until"}, dates: newDates("Europe/Vienna", "")}, schema: schema{name: x.schema}}
		term, why := r.term(&entry{attrs: x.attrs})
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
