package guard

import (
	"strings"
	"testing"

	"rollcall/sync/plan"
	"rollcall/sync/roster"
)

// Who is behind a change that was undone by somebody else is named as well as
// can be told (S30).
func TestS30LikelyWriters(t *testing.T) {
	foreign := &roster.Member{Marker: &plan.Marker{Owner: "other", Source: "crm", ID: "9"}}
	for name, x := range map[string]struct {
		change plan.Change
		m      *roster.Member
		want   string
	}{
		"another installation": {plan.Change{Action: plan.SetRole, Source: "hr", ID: "1"}, foreign, `the installation "other"`},
		"our own marker":       {plan.Change{Action: plan.SetRole, Source: "crm", ID: "9"}, foreign, "the attributes that single sign-on maps to roles"},
		"nobody whom we know":  {plan.Change{Action: plan.SetRole}, foreign, "the attributes that single sign-on maps to roles"},
		"let in again":         {plan.Change{Action: plan.Remove}, &roster.Member{}, "a verified domain that adds people"},
		"removed again":        {plan.Change{Action: plan.Add}, nil, "another program that removes members"},
		"a role changed back":  {plan.Change{Action: plan.SetRole}, &roster.Member{}, "somebody in Clerk's dashboard, or the attributes"},
	} {
		if got := likelyWriter(&x.change, x.m); !strings.Contains(got, x.want) {
			t.Errorf("%s: %q", name, got)
		}
	}
}
