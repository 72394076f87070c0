package help

import (
	"embed"
	"path"
	"regexp"
	"strings"

	"rollcall/cmd/rollcall/internal/version"
)

//go:embed topics/*.md
var files embed.FS

// SafetyTopic is the topic whose sections are the safety rules.
const SafetyTopic = "safety"

// Topic is one page of help.
type Topic struct {
	// Name is what the user types after rollcall help.
	Name string
	// Title and Summary are the two sides of the colon in the first heading.
	Title, Summary string
	// Text is the Markdown, with the first heading.
	Text string
}

// Topics are all topics, sorted by name.
func Topics() []Topic {
	entries, err := files.ReadDir("topics")
	if err != nil {
		return nil // the directory is built in
	}
	topics := make([]Topic, 0, len(entries))
	for _, e := range entries {
		text, err := files.ReadFile(path.Join("topics", e.Name()))
		if err != nil {
			continue // so is each file
		}
		topics = append(topics, newTopic(strings.TrimSuffix(e.Name(), ".md"), nameVersion(string(text), version.Read().Release())))
	}
	return topics
}

// nameVersion writes the version of a release where a topic has VERSION, as in the names
// of files. A build that is no release leaves the word.
func nameVersion(text, release string) string {
	if release == "" {
		return text
	}
	return strings.ReplaceAll(text, "VERSION", release)
}

// newTopic splits the first heading, which is "# Title: summary".
func newTopic(name, text string) Topic {
	heading, _, _ := strings.Cut(text, "\n")
	title, summary, _ := strings.Cut(strings.TrimLeft(heading, "# "), ": ")
	return Topic{Name: name, Title: title, Summary: summary, Text: text}
}

// Find is the topic with a name, or the safety rule with a number such as S17.
func Find(name string) (Topic, bool) {
	for _, t := range Topics() {
		if t.Name == strings.ToLower(name) {
			return t, true
		}
	}
	return findRule(name)
}

func findRule(number string) (Topic, bool) {
	for _, t := range Rules() {
		if t.Name == strings.ToUpper(number) {
			return t, true
		}
	}
	return Topic{}, false
}

var ruleHeading = regexp.MustCompile(`(?m)^### (S[0-9]{2}): `)

// Rules are the safety rules, in the order of their numbers. Their text is a
// section of the safety topic.
func Rules() []Topic {
	text, err := files.ReadFile(path.Join("topics", SafetyTopic+".md"))
	if err != nil {
		return nil // it is built in
	}
	var rules []Topic
	all := string(text)
	for _, at := range ruleHeading.FindAllStringSubmatchIndex(all, -1) {
		section := all[at[0]:]
		if end := strings.Index(section[1:], "\n##"); end >= 0 {
			section = section[:end+2]
		}
		rules = append(rules, newTopic(all[at[2]:at[3]], section))
	}
	return rules
}
