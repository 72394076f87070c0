package facts

import (
	"fmt"
	"slices"
	"strings"
	"unicode"

	"rollcall/clerkapi"
	"rollcall/cmd/rollcall/internal/escape"
	"rollcall/sync/plan"
)

// Note is a note as a sentence, with its person and its rule.
func Note(n plan.Note) string {
	subject := ""
	if n.Email != "" && !strings.HasPrefix(n.Text, n.Email) {
		subject = escape.Address(n.Email) + ": "
	}
	return subject + escape.Brief(n.Text) + unsaid(n)
}

// unsaid is the rule's number, unless the text names it itself.
func unsaid(n plan.Note) string {
	if strings.Contains(n.Text, rule(n.Rule)) {
		return ""
	}
	return rule(escape.Brief(n.Rule))
}

func rule(number string) string {
	if number == "" {
		return ""
	}
	return " (" + number + ")"
}

// HoldTexts are holds, each as a sentence with the guard and the rule at its end.
func HoldTexts(holds []plan.Hold) []string {
	first := slices.SortedStableFunc(slices.Values(holds), func(a, b plan.Hold) int { return urgency(b) - urgency(a) })
	var texts []string
	for _, h := range first {
		texts = append(texts, escape.Brief(h.Text)+" ("+escape.Brief(HoldName(h))+")")
	}
	return texts
}

// urgency puts a source that has shrunk above the figures that follow from it.
func urgency(h plan.Hold) int {
	if h.Reason == plan.SourceShrink {
		return 1
	}
	return 0
}

// HoldName is a guard with its rule, or the rule alone.
func HoldName(h plan.Hold) string {
	if h.Guard == "" || h.Guard == h.Rule {
		return h.Rule
	}
	return strings.ReplaceAll(h.Guard, "_", " ") + ", " + h.Rule
}

// Checked says what the plan looked at, so that "no changes" is not taken for
// "nothing was read".
func Checked(plan *plan.Plan) string {
	members, organizations := 0, 0
	for _, o := range plan.Organizations {
		members += o.Members
		if !o.IsAccounts() {
			organizations++
		}
	}
	text := fmt.Sprintf("%s of %s against ", Count(members, "membership"), Count(organizations, "organization"))
	if len(plan.Sources) == 0 {
		return text + "no source"
	}
	var sources []string
	for _, s := range plan.Sources {
		sources = append(sources, fmt.Sprintf("%s (%s)", escape.Brief(s.Name), SourceSize(&s)))
	}
	return text + strings.Join(sources, ", ")
}

// SourceSize says how much a source held; one with rows lists memberships.
func SourceSize(s *plan.SourceSummary) string {
	switch {
	case s.Decisions > 0:
		return Count(s.Decisions, "decision")
	case s.Rows > 0:
		return Count(s.Rows, "row") + " of " + Count(s.People, "person")
	}
	return Count(s.People, "person") + " in " + Count(s.Groups, "group")
}

// InstanceLine says which instance of Clerk a text speaks of (S41).
func InstanceLine(i clerkapi.Instance) string {
	if i == (clerkapi.Instance{}) {
		return "Clerk: the first run says which instance."
	}
	return "Clerk: " + escape.Brief(i.String()) + "."
}

// quoted is a name within a sentence. A row or a directory may have any, so one that
// could pass for words of the sentence stands in quotes, and a long one is cut (S35).
func quoted(name string) string {
	const most = 60
	name = escape.Brief(name)
	if runes := []rune(name); len(runes) > most {
		name = string(runes[:most]) + "…"
	}
	if !strings.ContainsFunc(name, func(r rune) bool { return unicode.IsSpace(r) || strings.ContainsRune(`",;`, r) }) {
		return name
	}
	return `"` + strings.ReplaceAll(name, `"`, `\"`) + `"`
}
