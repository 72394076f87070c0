package forget

import (
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// leastLetters is how long an id or a name must be to be looked for inside of a text:
// "2" is a part of too many.
const leastLetters = 4

// unmistakable are the words that name the person wherever they stand: addresses and
// accounts. What Clerk shows instead of an address may be any word, such as a user name.
func unmistakable(p *Person) []string {
	var words []string
	for _, email := range p.Emails {
		if strings.Contains(email, "@") {
			words = append(words, email)
		}
	}
	for _, user := range p.Users {
		if strings.HasPrefix(user, "user_") {
			words = append(words, user)
		}
	}
	return words
}

// distinctiveWords are the ids and names that are no words of a sentence: a name of two
// words in capitals, and an id of letters and digits. "Changes" and "2026" are not.
func distinctiveWords(p *Person) []string {
	var words []string
	for _, id := range p.IDs {
		if utf8.RuneCountInString(id.ID) >= leastLetters && distinctiveID.MatchString(id.ID) && strings.ContainsFunc(id.ID, unicode.IsDigit) {
			words = append(words, id.ID)
		}
	}
	for _, name := range p.Names {
		if parts := strings.Fields(name); len(parts) >= 2 && utf8.RuneCountInString(name) >= leastLetters && isCapital(parts[0]) && isCapital(parts[len(parts)-1]) {
			words = append(words, name)
		}
	}
	return words
}

// distinctiveID is an id that begins with a letter, or a UUID. A time begins with a digit.
var distinctiveID = regexp.MustCompile(`^(\p{L}[\p{L}\p{N}_.-]*|[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12})$`)

func isCapital(word string) bool {
	first, _ := utf8.DecodeRuneInString(word)
	return unicode.IsUpper(first)
}

// mayBeIn reports whether a text has an id or a name of the person as a word, in any
// case; it may be another word of the same letters.
func (r *redactor) mayBeIn(text string) bool {
	text = strings.ReplaceAll(text, Placeholder, "")
	may := func(word string) bool {
		return utf8.RuneCountInString(word) >= leastLetters && hasWord(text, []string{word}, true)
	}
	for _, id := range r.IDs {
		if may(id.ID) {
			return true
		}
	}
	return slices.ContainsFunc(r.Names, may)
}

// inValue reports whether somebody else's metadata name the person.
func (r *redactor) inValue(text string) bool {
	value, ok := decodeJSON(text)
	return ok && r.inDecoded(value)
}

func (r *redactor) inDecoded(value any) bool {
	switch v := value.(type) {
	case string:
		return hasWord(v, r.always, true) || hasWord(v, r.distinctive, false)
	case []any:
		return slices.ContainsFunc(v, r.inDecoded)
	case map[string]any:
		for key, below := range v {
			if r.inDecoded(key) || r.inDecoded(below) {
				return true
			}
		}
	}
	return false
}

// hasWord reports whether a text has one of the words.
func hasWord(text string, words []string, fold bool) bool {
	return replaceWords(text, words, fold) != text
}

// replaceWords replaces words, the whole before its part. With fold, letters of ASCII are
// compared without case (S05).
func replaceWords(text string, words []string, fold bool) string {
	words = slices.Clone(words)
	slices.SortFunc(words, func(a, b string) int { return len(b) - len(a) })
	for _, word := range words {
		text = replaceWord(text, word, fold)
	}
	return text
}

// replaceWord replaces a word where nothing before or behind makes it another one.
func replaceWord(text, word string, fold bool) string {
	var out strings.Builder
	searched, from := text, 0
	if fold {
		searched, word = lower(text), lower(word)
	}
	for {
		i := strings.Index(searched[from:], word)
		if i < 0 || word == "" {
			break
		}
		at, end := from+i, from+i+len(word)
		if joinsBefore(text[:at]) || joinsBehind(text[end:]) {
			out.WriteString(text[from : at+1])
			from = at + 1
			continue
		}
		out.WriteString(text[from:at] + Placeholder)
		from = end
	}
	return out.String() + text[from:]
}

// joinsBefore reports whether a text ends within a word: x.ben@corp.example is another
// address than ben@corp.example. The signs are those of RFC 5322, section 3.2.3, without
// those that stand between words too.
func joinsBefore(text string) bool {
	last, size := utf8.DecodeLastRuneInString(text)
	if last == '\'' {
		before, _ := utf8.DecodeLastRuneInString(text[:len(text)-size])
		return isLetter(before)
	}
	return isLetter(last) || strings.ContainsRune("+.-%&#!$^~", last) && last != utf8.RuneError
}

// joinsBehind reports whether a text begins within a word: a full stop belongs to one if
// a letter follows.
func joinsBehind(text string) bool {
	first, size := utf8.DecodeRuneInString(text)
	if first == '.' || first == '-' {
		behind, _ := utf8.DecodeRuneInString(text[size:])
		return isLetter(behind)
	}
	return isLetter(first) || first == '+' || first == '@'
}

func isLetter(r rune) bool {
	return r != utf8.RuneError && (unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.IsMark(r) || r == '_')
}

// lower is a text in lower case, as far as ASCII goes: it stays as long.
func lower(text string) string {
	out := []byte(text)
	for i, b := range out {
		if b >= 'A' && b <= 'Z' {
			out[i] = b + 'a' - 'A'
		}
	}
	return string(out)
}
