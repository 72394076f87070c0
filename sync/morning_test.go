package sync_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"rollcall/.ci/suite"
	"rollcall/clerkapi/sandbox"
	"rollcall/sync"
	"rollcall/sync/plan"
	"rollcall/sync/policy"
)

// starting is acme in fake time, which begins at midnight of 2000-01-01 in UTC: a
// newcomer starts on the next day in Vienna, which begins at 23:00 UTC. An account
// that starts on that day too needs no mail.
func starting(t *testing.T, start string, story func(w *wave)) {
	t.Helper()
	one(t, 0, func(w *wave) {
		if _, err := w.clerk.AddUser(sandbox.User{ID: "user_eva", Email: "eva@corp.example"}); err != nil {
			t.Fatal(err)
		}
		w.csv.Timezone, w.csv.Columns.Start = "Europe/Vienna", "start"
		w.csv.Path = ""
		w.file("id,email,org,role,start\n1,ann@corp.example,acme,org:admin,\n2,new@corp.example,acme,org:member," + start + "\n3,eva@corp.example,acme,org:member," + start + "\n")
		story(w)
	})
}

// until makes a run in each such time, up to the end or until both happened, and says in
// UTC when the newcomer was invited and
// when eva was a member.
func (w *wave) until(end time.Duration, every time.Duration) (invited, member string) {
	w.t.Helper()
	for w.since() < end && (invited == "" || member == "") {
		w.restart()
		w.apply(sync.Run{})
		if _, is := w.members("org_acme")["user_eva"]; is && member == "" {
			member = w.clock()
		}
		if len(w.clerk.Snapshot().Invitations) > 0 && invited == "" {
			invited = w.clock()
		}
		time.Sleep(every)
	}
	return invited, member
}

func (w *wave) since() time.Duration { return time.Since(w.began) }

// clock is the time since the beginning, in hours and minutes.
func (w *wave) clock() string {
	return fmt.Sprintf("%d:%02d", int(w.since().Hours()), int(w.since().Minutes())%60)
}

// The mail goes out in the morning of the first day in the zone of the source, where a
// run comes by then. Memberships begin with the day, and a start with a time is that time.
func TestS28InvitationsInTheMorning(t *testing.T) {
	t.Parallel()
	for name, x := range map[string]struct {
		start           string
		change          func(*policy.Config)
		every           time.Duration
		invited, member string
	}{
		"every quarter of an hour": {"2000-01-02", nil, 15 * time.Minute, "30:00", "23:00"},
		"every hour":               {"2000-01-02", nil, time.Hour, "30:00", "23:00"},
		"another time":             {"2000-01-02", func(c *policy.Config) { c.Invitations.FirstDayFrom = "09:30" }, 15 * time.Minute, "32:30", "23:00"},
		"as the day begins":        {"2000-01-02", func(c *policy.Config) { c.Invitations.FirstDayFrom = "00:00" }, 15 * time.Minute, "23:00", "23:00"},
		"no mail is sent":          {"2000-01-02", func(c *policy.Config) { c.Invitations.Notify = false }, 15 * time.Minute, "23:00", "23:00"},
		"at night only":            {"2000-01-02", nil, 24 * time.Hour, "24:00", "24:00"},
		"a start with a time":      {"2000-01-02T03:00:00+01:00", nil, 15 * time.Minute, "26:00", "26:00"},
		"long ago":                 {"1999-12-01", nil, 15 * time.Minute, "0:00", "0:00"},
	} {
		if suite.Short(t) && x.every == 15*time.Minute {
			x.every = time.Hour
			if name == "another time" {
				x.every = 30 * time.Minute
			}
		}
		t.Run(name, func(t *testing.T) {
			starting(t, x.start, func(w *wave) {
				if x.change != nil {
					x.change(&w.config)
				}
				if invited, member := w.until(49*time.Hour, x.every); invited != x.invited || member != x.member {
					t.Errorf("invited at %s, a member at %s; want %s and %s", invited, member, x.invited, x.member)
				}
				if all := w.clerk.Snapshot().Invitations; len(all) != 1 {
					t.Errorf("invitations %+v", all)
				}
			})
		})
	}
}

// The forecast, the note of the day, and the explanation say the same hour; with few
// runs it is the beginning of the day.
func TestS28TheHourOfAnInvitationIsForetold(t *testing.T) {
	t.Parallel()
	const morning, day = "2000-01-02 07:00 +01:00", "2000-01-02"
	for name, x := range map[string]struct {
		every      time.Duration
		said, note string
	}{
		"often": {time.Hour, morning, "starts today; the invitation goes out from " + morning + " on"},
		"daily": {20 * time.Hour, day, ""},
	} {
		t.Run(name, func(t *testing.T) {
			starting(t, day, func(w *wave) {
				w.until(20*time.Hour, x.every)
				before := w.foretold()
				if before[0] != "invite "+x.said || before[1] != "add "+day || !strings.Contains(w.explained("new@corp.example"), "from "+x.said+" on") || !strings.Contains(w.explained("eva@corp.example"), "from "+day+" on") {
					t.Errorf("on the day before: %q, %s", before, w.explained("new@corp.example"))
				}
				if x.note == "" {
					return
				}
				w.until(24*time.Hour, x.every)
				p := w.plan()
				if notes := fmt.Sprint(p.Organizations[0].Notes); !strings.Contains(notes, x.note) || p.Count(plan.Ready) != 0 {
					t.Errorf("at night: %s, %d ready", notes, p.Count(plan.Ready))
				}
				if at := w.foretold(); !slices.Equal(at, []string{"invite " + x.said}) || !strings.Contains(w.explained("new@corp.example"), "from "+x.said+" on") {
					t.Errorf("at night: %q, %s", at, w.explained("new@corp.example"))
				}
				w.until(32*time.Hour, x.every)
				if at := w.foretold(); len(at) != 0 || !strings.Contains(w.explained("new@corp.example"), "is invited as org:member") {
					t.Errorf("in the morning: %q, %s", at, w.explained("new@corp.example"))
				}
			})
		})
	}
}

// foretold are the events that the plan lists, by address backwards.
func (w *wave) foretold() (out []string) {
	w.t.Helper()
	for _, e := range w.plan().Upcoming.Events {
		out = append(out, e.Action.String()+" "+e.Day)
	}
	slices.SortFunc(out, func(a, b string) int { return strings.Compare(b, a) })
	return out
}

// explained is the verdict of an explanation.
func (w *wave) explained(who string) string {
	w.t.Helper()
	w.options = []sync.Option{sync.WithJournal(w.db, 0)}
	return w.run(sync.Run{Explain: who}).Explanation.Organizations[0].Verdict
}
