package report

import (
	"bytes"
	"strings"
	"testing"
	"time"

	ics "github.com/arran4/golang-ical"

	"rollcall/sync"
)

func dated(events ...sync.Event) *sync.Report {
	now := time.Date(2026, 11, 26, 9, 0, 0, 0, time.UTC)
	return &sync.Report{Plan: &sync.Plan{Version: sync.PlanVersion, Upcoming: &sync.Upcoming{Now: now, Until: now.Add(14 * 24 * time.Hour), Events: events, Later: 2},
		Organizations: []sync.OrganizationPlan{{ID: "org_acme", Slug: "acme"}}}}
}

func starts() sync.Event {
	return sync.Event{At: time.Date(2026, 11, 30, 23, 0, 0, 0, time.UTC), Day: "2026-12-01", Kind: sync.Starts, Action: sync.Add, Organization: "org_acme",
		UserID: "user_nina", Email: "nina@corp.example", Name: "Nina, née \"N\"; N", Source: "hr", ID: "17", To: "org:member", Because: "rule 1: staff"}
}

func ended() sync.Event {
	return sync.Event{At: time.Date(2026, 12, 4, 17, 0, 0, 0, time.UTC), Day: "2026-12-04 18:00 +01:00", Kind: sync.Ends, Action: sync.Remove, Organization: "org_acme",
		Email: "tim@corp.example", Source: "hr", ID: "4", From: "org:member", Because: "rule 1: staff, by last_day"}
}

func calendar(t *testing.T, r *sync.Report) (string, *ics.Calendar) {
	t.Helper()
	var b bytes.Buffer
	if err := Calendar(&b, r); err != nil {
		t.Fatal(err)
	}
	c, err := ics.ParseCalendar(bytes.NewReader(b.Bytes()))
	if err != nil {
		t.Fatalf("%v in\n%s", err, b.String())
	}
	return b.String(), c
}

func property(x *ics.VEvent, name ics.ComponentProperty) string {
	if p := x.GetProperty(name); p != nil {
		return p.Value
	}
	return ""
}

// The calendar parses back to what the plan says.
func TestS28Calendar(t *testing.T) {
	text, c := calendar(t, dated(starts(), ended()))
	events := c.Events()
	if len(events) != 2 {
		t.Fatalf("%d events", len(events))
	}
	if got := property(events[0], ics.ComponentPropertySummary); got != "nina@corp.example joins acme as org:member" {
		t.Errorf("summary %q", got)
	}
	if got := property(events[0], ics.ComponentPropertyDescription); got != `Nina, née "N"; N; rule 1: staff` {
		t.Errorf("description %q", got)
	}
	for _, line := range []string{"DTSTART;VALUE=DATE:20261201\r\n", "DTEND;VALUE=DATE:20261202\r\n", "DTSTART:20261204T170000Z\r\n", "DTSTAMP:20261126T090000Z\r\n", "METHOD:PUBLISH\r\n", "VERSION:2.0\r\n"} {
		if !strings.Contains(text, line) {
			t.Errorf("no %q in\n%s", line, text)
		}
	}
	again, _ := calendar(t, dated(starts(), ended()))
	if again != text {
		t.Errorf("the same plan gives other bytes:\n%s\n%s", text, again)
	}
	for line := range strings.SplitSeq(strings.TrimSuffix(text, "\r\n"), "\r\n") {
		if len(line) > 75 || strings.ContainsAny(line, "\r\n") {
			t.Errorf("line of %d octets: %q", len(line), line)
		}
	}
}

// An event keeps its UID when its date moves; two events never share one.
func TestCalendarUIDs(t *testing.T) {
	moved := starts()
	moved.Day, moved.At = "2026-12-03", moved.At.Add(48*time.Hour)
	_, a := calendar(t, dated(starts(), ended(), starts()))
	_, b := calendar(t, dated(moved))
	if a.Events()[0].Id() != b.Events()[0].Id() {
		t.Errorf("%s became %s", a.Events()[0].Id(), b.Events()[0].Id())
	}
	seen := map[string]bool{}
	for _, x := range a.Events() {
		if seen[x.Id()] || !strings.HasSuffix(x.Id(), "@rollcall") {
			t.Errorf("UID %q", x.Id())
		}
		seen[x.Id()] = true
	}
}

// Values from outside stay values, whatever is in them (S35).
func TestS35Calendar(t *testing.T) {
	hostile := starts()
	hostile.Email = "x\r\nEND:VEVENT\r\nBEGIN:VEVENT\r\nSUMMARY:forged"
	hostile.Name = "\u202egnihton; \\n,\x00\x1b[31m\nATTACH:https://evil.example"
	hostile.Because = strings.Repeat("ü", 500)
	text, c := calendar(t, dated(hostile))
	if n := len(c.Events()); n != 1 {
		t.Errorf("%d events", n)
	}
	for _, bad := range []string{"\nATTACH", "\nSUMMARY:forged", "\x00", "\x1b", "\u202e"} {
		if strings.Contains(text, bad) {
			t.Errorf("%q got through:\n%s", bad, text)
		}
	}
}

// Without dates the calendar is an empty one.
func TestCalendarWithoutDates(t *testing.T) {
	if _, c := calendar(t, &sync.Report{Plan: &sync.Plan{}}); len(c.Events()) != 0 {
		t.Error("events out of nothing")
	}
}

// The forms for people say the same.
func TestUpcomingInEveryForm(t *testing.T) {
	promoted := starts()
	promoted.Action, promoted.From, promoted.To = sync.SetRole, "org:member", "org:admin"
	invited := starts()
	invited.Action = sync.Invite
	r := dated(starts(), invited, promoted, ended())
	var text, markdown, html bytes.Buffer
	if err := Text(&text, r, Options{}); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"Start and end dates of the next 14 days\n", "+ 2026-12-01               nina@corp.example  joins acme as org:member",
		"is invited to acme as org:member", "~ 2026-12-01               nina@corp.example  becomes org:admin in acme, was org:member",
		"- 2026-12-04 18:00 +01:00  tim@corp.example   leaves acme, was org:member", "  2 people start later than that\n"} {
		if !strings.Contains(text.String(), want) {
			t.Errorf("no %q in\n%s", want, text.String())
		}
	}
	if err := Markdown(&markdown, r, Options{}); err != nil {
		t.Fatal(err)
	}
	if want := "- 2026-12-01: nina@corp.example joins acme as org:member (rule 1: staff)"; !strings.Contains(markdown.String(), want) {
		t.Errorf("no %q in\n%s", want, markdown.String())
	}
	if err := HTML(&html, r, Options{}); err != nil {
		t.Fatal(err)
	}
	if want := "<li>2026-12-01: nina@corp.example joins acme as org:member (rule 1: staff)</li>"; !strings.Contains(html.String(), want) {
		t.Errorf("no %q in\n%s", want, html.String())
	}
}
