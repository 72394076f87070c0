package source

import (
	"errors"
	"net/mail"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/net/idna"
)

// The bounds of RFC 5321 section 4.5.3.1, in octets; an address is two
// octets shorter than the path it travels in.
const (
	maxAddress = 254
	maxLocal   = 64
	maxLabel   = 63

	// maxWritten bounds what is looked at: a domain can be longer as it is
	// written than in ASCII, and IDNA takes time that grows with its square.
	maxWritten = 4 * maxAddress
)

// The errors of [FoldEmail]. They never repeat the address: errors end in
// logs, and addresses belong there at debug level only.
var (
	errEmailEmpty     = errors.New("empty address")
	errEmailInvisible = errors.New("address has control, bidirectional or invisible characters")
	errEmailSpace     = errors.New("address contains a space")
	errEmailAt        = errors.New("address must have exactly one @, with text on both sides")
	errEmailLong      = errors.New("address is longer than mail allows (64 octets before the @, 254 in all)")
	errEmailForm      = errors.New("not a plain email address such as ann@corp.example")
	errEmailDomain    = errors.New("address has a domain that is not valid for email")
	errEmailLookalike = errors.New("address has a domain with a character that looks like an ASCII letter but is not")
)

// FoldEmail gives an address the form in which addresses are compared, and is
// the only place that does so (S05): spaces around it are trimmed, the local
// part becomes lower case in ASCII and nowhere else, and the domain takes its
// ASCII form by the Lookup profile of IDNA (RFC 5891, UTS 46). Folding what is
// folded changes nothing.
//
// An error says that the text is no usable address (S35): display names,
// quoted local parts, address literals, spaces, control characters and
// bidirectional overrides are refused. So is a domain in which a character
// outside ASCII would become an ASCII one, as the Kelvin sign would become k:
// two addresses that differ on the page must never meet. For an address that
// Clerk holds, read the error as "has no address".
func FoldEmail(s string) (string, error) {
	s = strings.TrimSpace(s)
	if plainEmail(s) {
		return strings.Clone(s), nil
	}
	return foldAny(s)
}

// plainEmail recognises the most common addresses, which are folded already:
// lower case letters, digits, dots and hyphens, in labels that IDNA leaves
// alone. A million people have a million addresses, and looking closer takes
// ten times as long.
func plainEmail(s string) bool {
	local, domain, _ := strings.Cut(s, "@")
	return len(s) <= maxAddress && len(local) <= maxLocal && strings.Contains(domain, ".") &&
		plainLabels(local) && plainLabels(domain)
}

func plainLabels(s string) bool {
	length, last := 0, byte('-')
	for i := range len(s) {
		switch c := s[i]; {
		case c >= 'a' && c <= 'z', c >= '0' && c <= '9':
			length++
		case c == '-' && last != '-' && last != '.', c == '.' && last != '-' && last != '.':
			length++
			if c == '.' {
				length = 0
			}
		default:
			return false
		}
		if last = s[i]; length > maxLabel {
			return false
		}
	}
	return last != '-' && last != '.'
}

func foldAny(s string) (string, error) {
	local, domain, err := splitEmail(s)
	if err != nil {
		return "", err
	}
	if domain, err = FoldDomain(domain); err != nil {
		return "", err
	}
	folded := LowerASCII(local) + "@" + domain
	if len(folded) > maxAddress || len(local) > maxLocal {
		return "", errEmailLong
	}
	return folded, nil
}

// splitEmail checks the form of a trimmed address and splits it at its one @.
func splitEmail(s string) (local, domain string, err error) {
	switch {
	case s == "":
		return "", "", errEmailEmpty
	case len(s) > maxWritten:
		return "", "", errEmailLong
	case !utf8.ValidString(s) || HasInvisible(s):
		return "", "", errEmailInvisible
	case strings.ContainsFunc(s, unicode.IsSpace):
		return "", "", errEmailSpace
	}
	local, domain, ok := strings.Cut(s, "@")
	if !ok || local == "" || domain == "" || strings.Contains(domain, "@") {
		return "", "", errEmailAt
	}
	// ParseAddress also takes names, comments and quoted parts, and answers
	// with the bare address: a text that is not its own answer is refused.
	if a, err := mail.ParseAddress(s); err != nil || a.Address != s {
		return "", "", errEmailForm
	}
	return local, domain, nil
}

// FoldDomain gives a domain its ASCII form, in which domains are compared.
func FoldDomain(domain string) (string, error) {
	if maskedASCII(domain) {
		return "", errEmailLookalike
	}
	folded, err := idna.Lookup.ToASCII(domain)
	if err != nil || !strings.Contains(folded, ".") {
		return "", errEmailDomain
	}
	for label := range strings.SplitSeq(folded, ".") {
		if label == "" || len(label) > maxLabel {
			return "", errEmailDomain
		}
	}
	return folded, nil
}

// maskedASCII reports whether a domain has a character outside ASCII that
// IDNA would map into ASCII. The mapping is lawful and S05 refuses it: K
// (Kelvin sign) and ſ (long s) are neither k nor s.
func maskedASCII(domain string) bool {
	for _, r := range domain {
		if r < utf8.RuneSelf {
			continue
		}
		// An error leaves the judgement to the check of the whole domain.
		mapped, _ := idna.Lookup.ToUnicode(string(r))
		if IsASCII(mapped) {
			return true
		}
	}
	return false
}
