package sync

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"rollcall/clerkapi"
)

// What was sent to whom is remembered, so that nobody gets one mail after the
// other: an invitation that has expired, or that Clerk refused, is sent again
// after a time and so many times only, and one that somebody revoked by hand
// never.

// invitationFact is what an organization has sent to an address.
type invitationFact struct {
	Sent    int       `json:"sent"` // how often, refusals included
	At      time.Time `json:"at"`   // when last
	Expires time.Time `json:"expires,omitzero"`
	// Refused is what Clerk said of the last one; empty when it took it.
	Refused string `json:"refused,omitempty"`
	// Renewed is when one took the place of one that was pending.
	Renewed time.Time `json:"renewed,omitzero"`
}

func invitationKey(organization, email string) string { return organization + " " + email }

// sentBefore says why somebody who was invited before is not invited now;
// empty when they are.
func (d *desirer) sentBefore(organization, email string) string {
	if d.memory == nil {
		return ""
	}
	f, ok := d.memory.invitations[invitationKey(organization, email)]
	s := d.config.Invitations
	if !ok || f.Refused != "" && s.ResendAfter == 0 {
		return ""
	}
	since, what := f.Expires, "the invitation expired on "+onDay(f.Expires)
	switch {
	case f.Refused != "":
		since, what = f.At, fmt.Sprintf("Clerk refused the invitation on %s (%s)", onDay(f.At), f.Refused)
	case d.at.Before(f.Expires):
		return fmt.Sprintf("was invited on %s, and somebody revoked the invitation in Clerk; not invited again", onDay(f.At))
	}
	again := since.Add(s.ResendAfter)
	switch {
	case s.ResendAfter == 0:
		return what + "; not sent again (invitations.resend_after says never)"
	case f.Sent > s.ResendMost:
		return fmt.Sprintf("%s; sent %s, which is all that invitations.resend_most allows", what, count(f.Sent, "time"))
	case d.memory.clock.wrong != "":
		return fmt.Sprintf("%s; not sent again while the time is in doubt: %s (S28)", what, d.memory.clock.wrong)
	case d.at.Before(again):
		return fmt.Sprintf("%s; sent again from %s on", what, again.UTC().Format("2006-01-02 15:04Z"))
	}
	return ""
}

func onDay(t time.Time) string { return t.UTC().Format(time.DateOnly) }

// renewedLately reports whether an invitation took the place of another within
// the window: whatever differs still is no reason to send one mail after the other.
func (m *memory) renewedLately(organization, email string, now time.Time) bool {
	if m == nil {
		return false
	}
	f := m.invitations[invitationKey(organization, email)]
	return !f.Renewed.IsZero() && now.Sub(f.Renewed) < window
}

// rememberInvitations keeps what was sent, and forgets those who need none any
// more: members, and people who have left.
func (r *Reconciler) rememberInvitations(n *notebook, s seen, report *Report, settled map[string]bool) {
	wanted := map[string]bool{}
	for _, d := range s.drafts {
		for i := range d.wants {
			if p := d.wants[i].person; p.userID == "" {
				wanted[invitationKey(d.state.ID, p.Email)] = true
			}
		}
		r.adoptInvitations(n, d.state)
	}
	for key := range s.memory.invitations {
		if organization, _, _ := strings.Cut(key, " "); settled[organization] && !wanted[key] {
			n.drop(factInvitation, key)
		}
	}
	r.rememberSent(n, report)
}

// adoptInvitations remembers pending ones of which this memory knows nothing:
// sent by a run that was killed, or before there was a memory.
func (r *Reconciler) adoptInvitations(n *notebook, o *organizationState) {
	for email, inv := range o.invited {
		key := invitationKey(o.ID, email)
		m := parseMarker(inv.Private)
		if _, known := n.memory.invitations[key]; known || m == nil || m.Owner != r.config.Owner {
			continue
		}
		n.put(factInvitation, key, invitationFact{Sent: 1, At: time.UnixMilli(inv.CreatedAt).UTC(), Expires: r.expiry(inv)})
	}
}

// rememberSent keeps what became of the run's invitations.
func (r *Reconciler) rememberSent(n *notebook, report *Report) {
	revoked := map[string]bool{}
	for i := range report.Outcomes {
		o := &report.Outcomes[i]
		key := invitationKey(o.Change.Organization, o.Change.Email)
		switch {
		case o.Change.Action == RevokeInvitation && (o.Result == Done || o.Result == Found):
			n.drop(factInvitation, key)
			revoked[key] = o.Change.Because == renewed
		case o.Change.Action == Invite && (o.Result == Done || o.refused != ""):
			f := invitationFact{Sent: n.memory.invitations[key].Sent + 1, At: r.now().UTC(), Refused: o.refused}
			if o.invitation != nil {
				f.Expires = r.expiry(o.invitation)
			}
			if revoked[key] {
				f.Renewed = f.At
			}
			n.put(factInvitation, key, f)
		}
	}
}

// expiry is when an invitation expires; where Clerk does not say, what was
// asked for, or its default of 30 days.
func (r *Reconciler) expiry(inv *clerkapi.Invitation) time.Time {
	if inv.ExpiresAt > 0 {
		return time.UnixMilli(inv.ExpiresAt).UTC()
	}
	days := r.config.Invitations.ExpiresInDays
	if days == 0 {
		days = 30
	}
	return time.UnixMilli(inv.CreatedAt).UTC().AddDate(0, 0, days)
}

// refusal is what Clerk has against this one invitation, in a word; empty for
// what concerns the organization, the key or the moment.
func refusal(err error) string {
	e, ok := errors.AsType[*clerkapi.Error](err)
	if !ok || e.Status < 400 || e.Status >= 500 || e.Status == 401 || e.Status == 404 || e.Status == 408 || e.Status == 429 {
		return ""
	}
	if clerkapi.StopsRun(err) || errors.Is(err, clerkapi.ErrSeats) {
		return ""
	}
	if e.Code == "" {
		return fmt.Sprint(e.Status)
	}
	return e.Code
}
