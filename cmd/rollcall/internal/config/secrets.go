package config

import (
	"regexp"
	"strings"
	"unicode/utf8"
)

// A secret may stand in the file by mistake: in place of the file that should
// hold it, or in a URL. Messages go to logs and screens, so they cover what
// looks like a secret, and keep in its column what stands behind (S43).

// urlSecrets are the parts of a URL that may let somebody in: the user before
// the host, and the query, which is the secret of a presigned URL.
var urlSecrets = []*regexp.Regexp{
	regexp.MustCompile(`(://)([^/\s"'?]+)(@)`),
	regexp.MustCompile(`(://[^\s"'?]*\?)([^\s"']+)()`),
}

// knownKeys begin as the keys of well-known services do.
var knownKeys = regexp.MustCompile(`((?:sk|pk|rk)_(?:live|test)_|whsec_|xox[a-z]-|gh[a-z]_|glpat-|AKIA|eyJ)([A-Za-z0-9+/=._-]*[A-Za-z0-9+/=])()`)

// words are runs of characters that a random key is made of; see isRandom.
var words = regexp.MustCompile(`[A-Za-z0-9_+-]{24,}`)

// secretName is a key of the configuration that holds a secret, or names the
// file of one.
var secretName = regexp.MustCompile(`(?i)pass(word|wd|phrase)|secret|token|credential|(api|private|access)_?-?key`)

// pair is a key and what stands behind it in its line.
var pair = regexp.MustCompile(`([A-Za-z0-9_-]+)["']?[ \t]*:(?:[ \t]+|$)`)

// excerpt is a line of the file as messages show it.
func (r *report) excerpt(i int) string {
	line := visible(strings.TrimRight(r.lines[i], "\r"))
	if r.belowSecret(i) {
		return coverFrom(line, 0)
	}
	return withoutSecrets(line)
}

// belowSecret reports whether a line belongs to the value of a secret that
// begins in a line above it.
func (r *report) belowSecret(i int) bool {
	indent := indentOf(r.lines[i])
	for i--; i >= 0 && indent > 0; i-- {
		if above := r.lines[i]; strings.TrimSpace(above) != "" && indentOf(above) < indent {
			if secretAt(above) >= 0 {
				return true
			}
			indent = indentOf(above)
		}
	}
	return false
}

func indentOf(line string) int { return len(line) - len(strings.TrimLeft(line, " ")) }

// assigned is a value that a program or a shell gives to a name.
var assigned = regexp.MustCompile(`(?i)((?:pass(?:word|wd|phrase)|secret|token|credential|(?:api|private|access)_?-?key)[a-z0-9_-]*["']?[ \t]*[=:][ \t]*|\b(?:bearer|basic)[ \t]+)(\S+)()`)

// Cover hides what may be a secret in a line that a program has written: the secrets
// of the configuration, and whatever looks like one (S43).
func (c *Config) Cover(line string) string {
	const least = 6 // shorter ones are everywhere
	known := []string{c.Clerk.SecretKey.Reveal()}
	for _, name := range c.SecretFiles {
		if secret, err := ReadSecret(name); err == nil { // what cannot be read, the program cannot read either
			known = append(known, strings.Split(secret, "\n")...)
		}
	}
	for _, secret := range known {
		if len(secret) >= least {
			line = strings.ReplaceAll(line, secret, stars(secret))
		}
	}
	return withoutSecrets(coverPart(line, assigned))
}

// withoutSecrets covers the secrets of one line.
func withoutSecrets(line string) string {
	if at := secretAt(line); at >= 0 {
		line = coverFrom(line, at)
	}
	for _, part := range urlSecrets {
		line = coverPart(line, part)
	}
	return coverKeys(line)
}

// secretAt is where the value of a key begins that holds a secret; -1 is
// nowhere. A key that names a file or a variable holds none.
func secretAt(line string) int {
	for _, at := range pair.FindAllStringSubmatchIndex(line, -1) {
		name := strings.ToLower(line[at[2]:at[3]])
		if secretName.MatchString(name) && !strings.HasSuffix(name, "_file") && !strings.HasSuffix(name, "_env") {
			return at[1]
		}
	}
	return -1
}

// coverKeys covers what is a key by the look of it, wherever it stands.
func coverKeys(text string) string {
	text = coverPart(text, knownKeys)
	return words.ReplaceAllStringFunc(text, func(word string) string {
		if isRandom(word) {
			return stars(word)
		}
		return word
	})
}

// isRandom reports whether a long word mixes letters and digits as no name does.
func isRandom(word string) bool {
	const hex = "0123456789abcdef"
	digits, lower, upper := strings.ContainsAny(word, hex[:10]), strings.ToUpper(word) != word, strings.ToLower(word) != word
	return digits && lower && upper || digits && lower && len(word) >= 32 && strings.Trim(word, hex) == ""
}

func coverPart(text string, part *regexp.Regexp) string {
	return part.ReplaceAllStringFunc(text, func(found string) string {
		m := part.FindStringSubmatch(found)
		return m[1] + stars(m[2]) + m[3]
	})
}

// coverFrom covers a line from a byte on; blanks stay.
func coverFrom(line string, at int) string {
	return line[:at] + strings.Map(func(r rune) rune {
		if r == ' ' {
			return r
		}
		return '*'
	}, line[at:])
}

func stars(text string) string { return strings.Repeat("*", utf8.RuneCountInString(text)) }
