package source

import (
	"errors"
	"strings"
	"testing"
	"unicode"

	"pgregory.net/rapid"
)

// TestS05FoldEmail folds ASCII letters and domains, and nothing else.
func TestS05FoldEmail(t *testing.T) {
	for in, want := range map[string]string{
		"ann@corp.example":                  "ann@corp.example",
		" \tAnn.Lee+Clerk@CORP.Example \n":  "ann.lee+clerk@corp.example",
		"\u00a0ann@corp.example":            "ann@corp.example",
		"\u212aate@corp.example":            "\u212aate@corp.example",
		"\u017fam@corp.example":             "\u017fam@corp.example",
		"\u0130ris@corp.example":            "\u0130ris@corp.example",
		"ZOË@corp.example":                  "zoË@corp.example",
		"ann@BÜCHER.example":                "ann@xn--bcher-kva.example",
		"ann@xn--bcher-kva.example":         "ann@xn--bcher-kva.example",
		"ann@straße.example":                "ann@xn--strae-oqa.example",
		"o'neil_x!#$%&*/=?^`{|}~-@a-1.b.cd": "o'neil_x!#$%&*/=?^`{|}~-@a-1.b.cd",
		strings.Repeat("a", 64) + "@b.cd":   strings.Repeat("a", 64) + "@b.cd",
	} {
		if got, err := FoldEmail(in); err != nil || got != want {
			t.Errorf("FoldEmail(%q) = %q, %v; want %q", in, got, err, want)
		}
	}
}

// TestS05KelvinSign never makes one address of two.
func TestS05KelvinSign(t *testing.T) {
	for _, pair := range [][2]string{
		{"\u212aate@corp.example", "kate@corp.example"},
		{"mis\u017f@corp.example", "miss@corp.example"},
		{"kate@\u212aorp.example", "kate@korp.example"},
		{"sam@\u017form.example", "sam@sorm.example"},
		{"ann@ｃｏｒｐ.example", "ann@corp.example"},
		{"ann@corp。example", "ann@corp.example"},
	} {
		strange, _ := FoldEmail(pair[0])
		plain, err := FoldEmail(pair[1])
		if err != nil || strange == plain {
			t.Errorf("%q and %q both fold to %q (%v)", pair[0], pair[1], plain, err)
		}
	}
	if _, err := FoldEmail("kate@\u212aorp.example"); !errors.Is(err, errEmailLookalike) {
		t.Errorf("a Kelvin sign in a domain: %v", err)
	}
}

// TestS35FoldEmailRefuses lists what is no address.
func TestS35FoldEmailRefuses(t *testing.T) {
	for in, want := range map[string]error{
		"":                                      errEmailEmpty,
		" \t ":                                  errEmailEmpty,
		"ann\x00@corp.example":                  errEmailInvisible,
		"ann\n@corp.example":                    errEmailInvisible,
		"ann\u202e@corp.example":                errEmailInvisible,
		"ann\u2066@corp.example":                errEmailInvisible,
		"ann\u200b@corp.example":                errEmailInvisible,
		"ann\u2028@corp.example":                errEmailInvisible,
		"ann\xff@corp.example":                  errEmailInvisible,
		"ann lee@corp.example":                  errEmailSpace,
		"ann\u00a0lee@corp.example":             errEmailSpace,
		"ann":                                   errEmailAt,
		"@corp.example":                         errEmailAt,
		"ann@":                                  errEmailAt,
		"ann@@corp.example":                     errEmailAt,
		"ann@bob@corp.example":                  errEmailAt,
		"<ann@corp.example>":                    errEmailForm,
		"Ann<ann@corp.example>":                 errEmailForm,
		`"ann"@corp.example`:                    errEmailForm,
		"ann@corp.example(work)":                errEmailForm,
		"ann..lee@corp.example":                 errEmailForm,
		".ann@corp.example":                     errEmailForm,
		"ann@corp..example":                     errEmailForm,
		"ann@corp.example,bob":                  errEmailForm,
		"ann@[192.0.2.1]":                       errEmailDomain,
		"ann@localhost":                         errEmailDomain,
		"ann@-corp.example":                     errEmailDomain,
		"ann@corp_.example":                     errEmailDomain,
		"ann@xn--a.example":                     errEmailDomain,
		"ann@" + strings.Repeat("a", 64) + ".b": errEmailDomain,
		"ann@" + strings.Repeat("\u00fc", 100_000) + ".example": errEmailLong,
		strings.Repeat("a", 65) + "@b.cd":                       errEmailLong,
		"ann@" + strings.Repeat("abcdef.", 36) + "example":      errEmailLong,
	} {
		if got, err := FoldEmail(in); got != "" || !errors.Is(err, want) {
			t.Errorf("FoldEmail(%q) = %q, %v; want %v", in, got, err, want)
		}
	}
}

// FuzzFoldEmail holds the promises of FoldEmail over any text.
func FuzzFoldEmail(f *testing.F) {
	for _, s := range []string{"Ann@Corp.example", "\u212a@\u212a.example", "ann@bücher.example", "a@xn--ls8h.la", "a@b@c", "\"a b\"@c.de", "a@ß.de"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		folded, err := FoldEmail(s)
		if err != nil {
			if folded != "" {
				t.Fatalf("%q came with %v", folded, err)
			}
			return
		}
		if again, err := FoldEmail(folded); err != nil || again != folded {
			t.Fatalf("folding %q again gives %q, %v", folded, again, err)
		}
		local, domain, _ := strings.Cut(folded, "@")
		if !IsASCII(domain) || strings.ContainsFunc(folded, unicode.IsSpace) || HasInvisible(folded) || len(folded) > maxAddress {
			t.Fatalf("%q is no folded address", folded)
		}
		was, _, _ := strings.Cut(strings.TrimSpace(s), "@")
		if LowerASCII(was) != local || len(was) != len(local) {
			t.Fatalf("local part %q became %q", was, local)
		}
	})
}

// TestS05PlainAddressesFoldToThemselves holds the quick look against the close one.
func TestS05PlainAddressesFoldToThemselves(t *testing.T) {
	for _, s := range []string{"a.b-c9@mail.corp.example", "1@2.co"} {
		if !plainEmail(s) {
			t.Errorf("%s is not recognised", s)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.StringMatching(`[a-z0-9.@K-]{0,6}[@.a-z0-9-]{1,70}@?[a-z0-9.-]{0,8}(xn--a)?(\.[a-z0-9-]{1,64})?`).Draw(t, "s")
		if !plainEmail(s) {
			return
		}
		if folded, err := foldAny(s); err != nil || folded != s {
			t.Errorf("%q is taken as it is, and folds to %q, %v", s, folded, err)
		}
	})
}
