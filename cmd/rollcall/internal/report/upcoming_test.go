package report

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"rollcall/cmd/rollcall/internal/report/facts"
	"rollcall/sync"
	"rollcall/sync/plan"
)

func dated(events ...plan.Event) *sync.Report {
	now := time.Date(2026, 11, 26, 9, 0, 0, 0, time.UTC)
	return &sync.Report{Plan: &plan.Plan{Version: plan.PlanVersion, Upcoming: &plan.Upcoming{Now: now, Until: now.Add(14 * 24 * time.Hour), Events: events, Later: 2},
		Organizations: []plan.Organization{{ID: "org_acme", Slug: "acme"}}}}
}

func starts() plan.Event {
	return plan.Event{At: time.Date(2026, 11, 30, 23, 0, 0, 0, time.UTC), Day: "2026-12-01", Kind: plan.Starts, Action: plan.Add, Organization: "org_acme",
		UserID: "user_nina", Email: "nina@corp.example", Name: "Nina, née \"N\"; N", Source: "hr", ID: "17", To: "org:member", Because: "rule 1: staff"}
}

func ended() plan.Event {
	return plan.Event{At: time.Date(2026, 12, 4, 17, 0, 0, 0, time.UTC), Day: "2026-12-04 18:00 +01:00", Kind: plan.Ends, Action: plan.Remove, Organization: "org_acme",
		Email: "tim@corp.example", Source: "hr", ID: "4", From: "org:member", Because: "rule 1: staff, by last_day"}
}

// The forms for people say the same.
func TestUpcomingInEveryForm(t *testing.T) {
	promoted := starts()
	promoted.Action, promoted.From, promoted.To, promoted.Admin = plan.SetRole, "org:member", "org:admin", plan.AdminGained
	invited := starts()
	invited.Action = plan.Invite
	r := dated(starts(), invited, promoted, ended())
	var text, markdown, html bytes.Buffer
	if err := Text(&text, r, facts.Options{}); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"Start and end dates of the next 14 days\n", "+ 2026-12-01               nina@corp.example  joins acme as org:member",
		"is invited to acme as org:member", "~ 2026-12-01               nina@corp.example  becomes org:admin in acme, was org:member (becomes admin)",
		"- 2026-12-04 18:00 +01:00  tim@corp.example   leaves acme, was org:member", "  2 people start later than that\n"} {
		if !strings.Contains(text.String(), want) {
			t.Errorf("no %q in\n%s", want, text.String())
		}
	}
	if err := Markdown(&markdown, r, facts.Options{}); err != nil {
		t.Fatal(err)
	}
	if want := "- 2026-12-01: nina@corp.example joins acme as org:member (rule 1: staff)"; !strings.Contains(markdown.String(), want) {
		t.Errorf("no %q in\n%s", want, markdown.String())
	}
	if err := HTML(&html, r, facts.Options{}); err != nil {
		t.Fatal(err)
	}
	if want := "<li>2026-12-01: nina@corp.example joins acme as org:member (rule 1: staff)</li>"; !strings.Contains(html.String(), want) {
		t.Errorf("no %q in\n%s", want, html.String())
	}
}

// A terminal shows the first dates, and all who become admin (S43).
func TestS43ADateThatMakesAnAdminIsNotCut(t *testing.T) {
	var events []plan.Event
	for range mostEvents + 5 {
		events = append(events, starts())
	}
	boss := starts()
	boss.Email, boss.To, boss.Admin = "boss@corp.example", "org:admin", plan.AdminGained
	last := starts()
	last.Email = "last@corp.example"
	r := dated(append(events, boss, last)...)
	for all, want := range map[bool]int{false: mostEvents + 1, true: mostEvents + 7} {
		text := render(t, r, facts.Options{Width: 120, All: all})
		if n := strings.Count(text, "joins acme as"); n != want || !strings.Contains(text, "boss@corp.example  joins acme as org:admin (becomes admin)") || strings.Contains(text, "last@") != all ||
			strings.Contains(text, "… and 6 more (--all)") == all {
			t.Errorf("%t: %d lines in\n%s", all, n, text)
		}
	}
}
