package facts

import (
	"fmt"

	"rollcall/sync/recent"
)

// becauses say why a run for one person has listed members.
var becauses = map[recent.Reason]string{
	recent.NoHistory:       "there was no run with this state directory",
	recent.NoListing:       "no earlier run has left a list of members",
	recent.OtherRun:        "there was another run since members were listed",
	recent.OldListing:      "they were not listed within the last hour",
	recent.ChangedListing:  "Clerk counts another number of members than was listed",
	recent.UnreadAccount:   "an account that may be this person's cannot be read",
	recent.ManyAccounts:    "many accounts may be this person's",
	recent.ManyLookUps:     "many people in the sources have no account",
	recent.Loss:            "this person would lose something",
	recent.Waiting:         "a change of this person waits or is skipped",
	recent.UnclearIdentity: "nobody can tell which account this person has",
	recent.OtherAccount:    "another account would change",
}

// scopeText says what a run for one person has read of the members; empty for other runs.
func scopeText(s *recent.Scope) string {
	switch {
	case s == nil || s.Kept+s.Listed == 0:
		return ""
	case s.Kept == 0:
		return fmt.Sprintf("All members were listed, because %s.", becauses[s.Because])
	case s.Listed == 0:
		return "Of the members only this person was read; the others are those that the last run has listed."
	}
	return fmt.Sprintf("The members of %s were listed, because %s; those of %s are the ones that the last run has listed.",
		Count(s.Listed, "organization"), becauses[s.Because], Count(s.Kept, "organization"))
}
