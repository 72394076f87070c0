package facts

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"rollcall/cmd/rollcall/internal/escape"
	"rollcall/sync/apply"
	"rollcall/sync/plan"
)

// Failure are the changes that failed for one reason.
type Failure struct {
	Why    string
	Places []string // organizations, each with its number of changes
	People []string
}

// Failures collects what failed by reason, the commonest first.
func (p *Facts) Failures() []Failure {
	groups := map[string][]*apply.Outcome{}
	for i := range p.Report.Outcomes {
		if o := &p.Report.Outcomes[i]; o.Result == apply.Failed {
			why := FailureWords(o)
			groups[why] = append(groups[why], o)
		}
	}
	reasons := slices.SortedFunc(maps.Keys(groups), func(a, b string) int {
		return cmp.Or(cmp.Compare(len(groups[b]), len(groups[a])), cmp.Compare(a, b))
	})
	var out []Failure
	for _, why := range reasons {
		f := Failure{Why: why}
		counts := map[string]int{}
		for _, o := range groups[why] {
			counts[p.Report.Plan.LabelOf(o.Change.Organization)]++
			f.People = append(f.People, p.ShortPerson(&o.Change))
		}
		for _, label := range slices.Sorted(maps.Keys(counts)) {
			f.Places = append(f.Places, fmt.Sprintf("%s (%s)", escape.Brief(label), Number(counts[label])))
		}
		out = append(out, f)
	}
	return out
}

// FailureWords say why a change failed: in plain words if the code of Clerk's
// answer is known, else as Clerk wrote it.
func FailureWords(o *apply.Outcome) string {
	if words := codeWords[o.Code]; words != "" {
		return words
	}
	return escape.Brief(o.Error)
}

// FailedTexts are the same, each as a sentence.
func (p *Facts) FailedTexts() []string {
	var texts []string
	for _, f := range p.Failures() {
		texts = append(texts, fmt.Sprintf("%s failed: %s: %s", Count(len(f.People), "change"), f.Why, strings.Join(f.Places, ", ")))
	}
	return texts
}

// ReadFailure is a read that failed, with what it was about.
func ReadFailure(f plan.Failure) string {
	var subject []string
	if f.Source != "" {
		subject = append(subject, "source "+f.Source)
	}
	if f.Organization != "" {
		subject = append(subject, "organization "+f.Organization)
	}
	if len(subject) == 0 || strings.Contains(f.Text, strings.Join(subject, ", ")) {
		return f.Text
	}
	return strings.Join(subject, ", ") + ": " + f.Text
}
