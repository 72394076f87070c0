package sync

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"rollcall/clerkapi"
)

// A review whose file may be cut short takes nothing until it can be trusted;
// what else feeds the organization goes on (S11).
func TestS11ReviewThatMayBeCutShort(t *testing.T) {
	s, f := company(t)
	f.user("user_eve", "eve@rival.example")
	f.user("user_dan", "dan@corp.example")
	f.member("acme", "user_eve", "org:member", "")
	review, _ := reviewOf(f, "user_eve", "eve@rival.example")
	review.snapshot.NoRemovals = []string{"review.csv ends without a newline"}
	review.snapshot.Decisions = append(review.snapshot.Decisions, review.snapshot.Decisions[0])
	src := s.sources[0].(*fakeSource) //nolint:errcheck,forcetypeassert // company made it
	src.snapshot.People = append(src.snapshot.People, hr("4 dan@corp.example").snapshot.People...)
	src.group("more", len(src.snapshot.People)-1)
	s.rules[0].Groups.Names = append(s.rules[0].Groups.Names, "more")
	s.sources = append(s.sources, review)
	p := s.run(Run{}).Plan
	if got := lines(p); !slices.Equal(got, []string{"ready add acme user_dan member", "held remove acme user_eve"}) {
		t.Errorf("%q", got)
	}
	if len(p.Holds) != 1 || p.Holds[0].Rule != "S11" || !strings.Contains(p.Holds[0].Text, "source review: review.csv ends without a newline") {
		t.Errorf("holds %+v", p.Holds)
	}
	review.snapshot.NoRemovals = nil
	if got := removed(s.run(Run{}).Plan); got != "user_eve" {
		t.Errorf("removed %q by a review that is whole", got)
	}
}

// An organization that only earlier runs fed is held while a source of it is
// down: it may feed it still (S14). One that is deleted needs nothing (S15).
func TestS14OrganizationOfThePastWhoseSourceIsDown(t *testing.T) {
	for name, x := range map[string]struct {
		down    bool
		deleted bool
		guard   string
		note    string
	}{
		"there":               {guard: "S15"},
		"its source is down":  {down: true, guard: "S14"},
		"deleted":             {deleted: true, note: "the organization is deleted; earlier runs fed it"},
		"deleted, while down": {deleted: true, down: true, note: "the organization is deleted; earlier runs fed it"},
	} {
		s, f := company(t)
		c := begin(t, s)
		c.clean(c.apply().Plan)
		c.rules[0].Organization, c.rules[0].Source = "beta", "hr" // which feeds beta now, and nothing else
		c.sources = append(c.sources, hr("1 ann@corp.example").named("crm").group("staff", 0))
		c.rule("beta", "org:member", "staff").Source = "crm"
		if x.down {
			c.source().err = errors.New("no route to host")
		}
		if x.deleted {
			f.organizations = slices.DeleteFunc(f.organizations, func(o clerkapi.Organization) bool { return o.Slug == "acme" })
		}
		p := c.plan()
		got := ""
		for _, h := range p.Holds {
			if h.Organization == "org_acme" {
				got = h.Rule
			}
		}
		if got != x.guard || removed(p) != "" {
			t.Errorf("%s: held by %q, removed %q; %+v", name, got, removed(p), p.Holds)
		}
		said := false
		for _, n := range p.Notes {
			said = said || n.Organization == "org_acme" && n.Rule == "S15" && n.Text == x.note
		}
		if said != (x.note != "") {
			t.Errorf("%s: notes %+v", name, p.Notes)
		}
	}
}

// An invitation that we sent to somebody whom the read cannot show stays, by the
// marker of any name that the source had; one of somebody gone is revoked (S10).
func TestS10InvitationOfSomebodyUnreadable(t *testing.T) {
	for name, x := range map[string]struct {
		source string
		known  bool
		stays  bool
	}{
		"unreadable":                       {"hr", true, true},
		"unreadable, under the old name":   {"staff-db", true, true},
		"gone":                             {"hr", false, false},
		"gone, under the old name":         {"staff-db", false, false},
		"unreadable, of another's source ": {"crm", true, false},
	} {
		w := newWishing(RemovalsManaged, nil)
		w.config.Renamed = map[string]string{"staff-db": "hr"}
		w.o.invited = map[string]*clerkapi.Invitation{"away@corp.example": {ID: "inv_1", Email: "away@corp.example", Private: []byte(by(x.source, "7"))}}
		if x.known {
			w.known = map[string][]identity{"acme": {{"hr", "7"}}}
		}
		out, _ := w.organization(w.o, nil)
		if out.Invited["away@corp.example"] != x.stays {
			t.Errorf("%s: stays %t", name, !x.stays)
		}
	}
}

// Who is behind a change that was undone by somebody else is named as well as
// can be told (S30).
func TestS30LikelyWriters(t *testing.T) {
	foreign := &member{marker: &Marker{"other", "crm", "9"}}
	for name, x := range map[string]struct {
		change Change
		m      *member
		want   string
	}{
		"another installation": {Change{Action: SetRole, Source: "hr", ID: "1"}, foreign, `the installation "other"`},
		"our own marker":       {Change{Action: SetRole, Source: "crm", ID: "9"}, foreign, "the attributes that single sign-on maps to roles"},
		"nobody whom we know":  {Change{Action: SetRole}, foreign, "the attributes that single sign-on maps to roles"},
		"let in again":         {Change{Action: Remove}, &member{}, "a verified domain that enrols people"},
		"removed again":        {Change{Action: Add}, nil, "another program that removes members"},
		"a role changed back":  {Change{Action: SetRole}, &member{}, "somebody in Clerk's dashboard, or the attributes"},
	} {
		if got := likelyWriter(&x.change, x.m); !strings.Contains(got, x.want) {
			t.Errorf("%s: %q", name, got)
		}
	}
}

// What makes no sense without a history is named by its key (S29).
func TestS29WhatNeedsAHistory(t *testing.T) {
	for want, change := range map[string]func(*Config){"": func(*Config) {}, "grace": func(c *Config) { c.Grace, c.Invitations.ResendAfter = day, day },
		"invitations.resend_after": func(c *Config) { c.Invitations.ResendAfter = day }} {
		c := DefaultConfig()
		c.Invitations.ResendAfter = 0
		change(&c)
		if got := c.NeedsHistory(); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}
