package facts

import (
	"fmt"
	"strings"

	"rollcall/sync/plan"
)

// The section of the accounts has steps of the leaver ladder, or what takes them back,
// where an organization has memberships.

// accountKinds are the words for planned and for finished steps. Sessions and API keys
// are counted once they have ended.
var accountKinds = []struct {
	action     plan.Action
	do, done   string
	item       string
	comingBack bool
	// partly says that only the sessions in one organization end.
	partly bool
}{
	{plan.Lock, "locked", "locked", "", true, false},
	{plan.Ban, "banned", "banned and signed out everywhere", "", true, false},
	{plan.EndSessions, "signed out everywhere", "ended", "session", false, false},
	{plan.EndSessions, "signed out of one organization", "ended in the organization", "session", false, true},
	{plan.RevokeAPIKeys, "lose their API keys", "revoked", "API key", false, false},
	{plan.Unlock, "unlocked", "unlocked", "", true, false},
	{plan.Unban, "unbanned", "unbanned", "", true, false},
}

var (
	closes = verb{"loses sign-ins or API keys", "lose sign-ins or API keys", "would lose sign-ins or API keys", "lost sign-ins or API keys", ""}
	opens  = verb{"can sign in again", "can sign in again", "could sign in again", "can sign in again", ""}
)

// accountSentences say what happens to accounts, and what of it stays.
func (p headliner) accountSentences(h *plan.Headcount) []string {
	if h.Close.All()+h.Open.All() == 0 {
		return nil
	}
	var parts []string
	forGood := false
	for _, k := range accountKinds {
		people, items := 0, 0
		for _, c := range p.Report.Plan.Changes() {
			if c.Action == k.action && k.partly == (c.From != "") && c.State == plan.Ready && p.IsCounted(c) {
				people, items = people+1, items+p.Outcomes[*c].Items
			}
		}
		switch {
		case people == 0, p.Report.Applied && k.item != "" && items == 0:
			continue
		case p.Report.Applied && k.item != "":
			parts = append(parts, fmt.Sprintf("%s %s", Count(items, k.item), k.done))
			forGood = true
		case p.Report.Applied:
			parts = append(parts, Number(people)+" "+k.done)
		default:
			parts = append(parts, Number(people)+" "+k.do)
			forGood = forGood || !k.comingBack
		}
	}
	if h.Close.Waiting > 0 {
		parts = append(parts, fmt.Sprintf("%s %s", Number(h.Close.Waiting), wait(h.Close.Waiting)))
	}
	if len(parts) == 0 {
		return nil
	}
	sentences := []string{"Accounts: " + strings.Join(parts, ", ") + "."}
	if forGood {
		sentences = append(sentences, "Ended sessions and revoked API keys cannot come back.")
	}
	return sentences
}

// peopleText counts the people of a section.
func peopleText(o *plan.Organization) string {
	users := map[string]bool{}
	for i := range o.Changes {
		users[o.Changes[i].UserID] = true
	}
	return Count(len(users), "person")
}
