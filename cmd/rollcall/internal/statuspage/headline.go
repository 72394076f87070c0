package statuspage

import (
	"strings"
	"time"

	"rollcall/cmd/rollcall/internal/notify"
	"rollcall/cmd/rollcall/internal/report/facts"
)

// state is how things stand, by which the page is coloured. It is the name of a
// class of the style sheet.
type state string

const (
	noState   state = ""
	goodState state = "good"
	heldState state = "held"
	badState  state = "bad"
)

// stateOf is what an exit code says of how things stand.
func stateOf(exitCode int) state {
	r := notify.Run{ExitCode: exitCode}
	switch {
	case r.Failed():
		return badState
	case r.Interrupted():
		return noState
	case r.Held():
		return heldState
	}
	return goodState
}

// headline is what a visitor wants to know first, with the cause.
func (o *outcome) headline(at clock, good time.Time) string {
	var sentences []string
	switch stateOf(o.ExitCode) {
	case badState:
		sentences = o.failed(at)
		if !good.IsZero() {
			sentences = append(sentences, "Last good run "+at.brief(good)+".")
		}
	case heldState:
		return o.waiting()
	case noState:
		return "The run at " + at.brief(o.Finished) + " was interrupted."
	case goodState:
		return "The last run ended well."
	}
	return strings.Join(sentences, " ")
}

// failed says what failed, and since when.
func (o *outcome) failed(at clock) []string {
	if o.Problem != "" {
		return []string{"The run at " + at.brief(o.Finished) + " failed: " + beginning(o.Problem)}
	}
	var sentences []string
	for _, f := range o.Failures[:min(len(o.Failures), shownFailures)] {
		text := "Organization " + f.Name + " cannot be read since " + at.brief(f.Since) + "."
		switch {
		case f.Name == "":
			text = "A list of Clerk cannot be read since " + at.brief(f.Since) + "."
		case f.Source:
			text = "Source " + f.Name + " cannot be read since " + at.brief(f.Since) + "; its people stay members"
			if len(o.Halted) > 0 {
				text += " (" + facts.InWords(o.Halted) + ")"
			}
			text += "."
		}
		sentences = append(sentences, text)
	}
	if more := len(o.Failures) - shownFailures; more > 0 {
		sentences = append(sentences, facts.Count(more, "more read")+" failed.")
	}
	if len(sentences) == 0 {
		return []string{"The run at " + at.brief(o.Finished) + " had problems."}
	}
	return sentences
}

// shownFailures is how many failed reads the headline names.
const shownFailures = 2

// waiting names the first thing that waits.
func (o *outcome) waiting() string {
	var titles []string
	verb := "Waits for a fix: "
	for _, s := range o.sections() {
		if len(titles) == 0 && len(s.Ways) > 0 {
			verb = "Waits for approval: "
		}
		titles = append(titles, s.Title)
	}
	if len(titles) == 0 {
		return "Changes wait for approval."
	}
	more := len(titles) - 1 + o.Digest.More
	if more == 0 {
		return verb + titles[0] + "."
	}
	return verb + titles[0] + "; " + facts.Count(more, "more thing") + " below."
}

// beginning is an error as the headline shows it: what failed stands first.
func beginning(text string) string {
	const most = 140
	if len(text) <= most {
		return strings.TrimSuffix(text, ".") + "."
	}
	cut := strings.LastIndex(text[:most], " ")
	return strings.ToValidUTF8(text[:max(cut, most/2)], "") + " …"
}
