package sync_test

import (
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"rollcall/.ci/suite"
	"rollcall/clerkapi/sandbox"
	"rollcall/sync"
	"rollcall/sync/apply"
	"rollcall/sync/plan"
	"rollcall/sync/policy"
)

// gain is one way to give access, and the request that does it.
type gain struct {
	action plan.Action
	kinds  []string
}

var gainsOfClerk = map[string]gain{
	"adds":        {plan.Add, []string{"POST /organizations/{organization_id}/memberships"}},
	"promotions":  {plan.SetRole, []string{"PATCH /organizations/{organization_id}/memberships/{user_id}"}},
	"invitations": {plan.Invite, []string{kindSingle, kindBulk}},
	"creations":   {plan.CreateUser, []string{"POST /users"}},
}

// refusedReasons are the codes that concern a whole organization or instance.
var refusedReasons = map[string]plan.Reason{
	"organization_membership_quota_exceeded": plan.SeatRefused, "organization_membership_quota_exceeded_for_sso": plan.SeatRefused, "insufficient_seats": plan.SeatRefused,
	"user_quota_exceeded": plan.UserQuota, "dev_monthly_email_limit_exceeded": plan.MailRefused, "invitations_not_supported": plan.MailRefused,
	"invitations_not_supported_in_organization": plan.MailRefused, "quota_exceeded": plan.QuotaRefused, "organization_quota_exceeded": plan.QuotaRefused,
	"organization_domain_quota_exceeded": plan.QuotaRefused, "organization_instance_roles_quota_exceeded": plan.QuotaRefused,
	"organization_instance_role_sets_quota_exceeded": plan.QuotaRefused,
	"unsupported_subscription_plan_features":         plan.PlanRefused, "feature_not_enabled": plan.PlanRefused, "feature_not_implemented": plan.PlanRefused,
	"request_invalid_for_instance": plan.PlanRefused, "request_invalid_for_environment": plan.PlanRefused, "role_migration_in_progress": plan.RoleMigration,
}

// progress is a wave in whose organization n people wait for access, and others
// are to lose it: two leave, an admin is demoted, an invitation is revoked.
type progress struct {
	*wave
	of gain
	n  int
}

// newProgress must be called in a bubble. It makes the first run, after which
// nobody waits.
func newProgress(t *testing.T, of gain, n int) *progress {
	t.Helper()
	seed := &sandbox.Seed{Organizations: []sandbox.Organization{{ID: "org_acme", Slug: "acme"}}}
	for _, id := range []string{"boss", "demoted", "leaver1", "leaver2"} {
		seed.Users = append(seed.Users, sandbox.User{ID: "user_" + id, Email: id + "@corp.example"})
	}
	if of.action == plan.Add || of.action == plan.SetRole {
		for i := range n {
			seed.Users = append(seed.Users, sandbox.User{ID: fmt.Sprintf("user_n%d", i), Email: fmt.Sprintf("n%d@corp.example", i)})
		}
	}
	p := &progress{wave: newWave(t, seed), of: of, n: n}
	wide := policy.Limit{Percent: 100, People: 10_000}
	p.config.Guards = policy.Guards{Removals: wide, AdminLosses: wide, AdminGrants: wide, Adds: wide, RoleChanges: wide, MetadataNulls: wide, SourceShrink: wide}
	p.config.Invitations.ResendAfter, p.config.Invitations.ResendMost = time.Hour, 100
	before := "boss,boss@corp.example,acme,org:admin\ndemoted,demoted@corp.example,acme,org:admin\n" +
		"leaver1,leaver1@corp.example,acme,org:member\nleaver2,leaver2@corp.example,acme,org:member\ninvited,invited@corp.example,acme,org:member\n"
	if of.action == plan.SetRole {
		before += p.newcomers("org:member")
	}
	p.people(before)
	if r := p.apply(sync.Run{}); r.Tally(apply.Done) < 5 || r.Tally(apply.Done) != len(r.Outcomes) {
		t.Errorf("the beginning: %+v, holds %+v, notes %+v", r.Outcomes, r.Plan.Holds, r.Plan.Notes)
	}
	if of.action == plan.CreateUser {
		p.config.MissingUsers = policy.MissingCreate
	}
	role := "org:member"
	if of.action == plan.SetRole {
		role = "org:admin"
	}
	p.people("boss,boss@corp.example,acme,org:admin\ndemoted,demoted@corp.example,acme,org:member\n" + p.newcomers(role))
	return p
}

// people writes the rows into the same file each time.
func (p *progress) people(rows string) {
	p.t.Helper()
	rows = "id,email,org,role\n" + rows
	if p.csv.Path == "" {
		p.file(rows)
	} else if err := os.WriteFile(p.csv.Path, []byte(rows), 0o600); err != nil {
		p.t.Fatal(err)
	}
}

func (p *progress) newcomers(role string) string {
	var b strings.Builder
	for i := range p.n {
		fmt.Fprintf(&b, "n%d,n%d@corp.example,acme,%s\n", i, i, role)
	}
	return b.String()
}

// refuse makes Clerk answer every gain with the code.
func (p *progress) refuse(code sandbox.Code) {
	p.t.Helper()
	var faults []sandbox.Fault
	for _, kind := range p.of.kinds {
		f := sandbox.Fault{Kind: kind, Status: code.Status, Code: code.Code}
		if p.of.action == plan.SetRole { // not the demotion
			for i := range p.n {
				f.Kind, f.Method, f.Path = "", "PATCH", fmt.Sprintf("/organizations/org_acme/memberships/user_n%d", i)
				faults = append(faults, f)
			}
			continue
		}
		faults = append(faults, f)
	}
	if err := p.clerk.SetFaults(faults...); err != nil {
		p.t.Fatal(err)
	}
}

// lossesLeft says what has not been taken away yet.
func (p *progress) lossesLeft() (left []string) {
	members := p.members("org_acme")
	for _, id := range []string{"user_leaver1", "user_leaver2"} {
		if _, in := members[id]; in {
			left = append(left, id)
		}
	}
	if members["user_demoted"].Role != "org:member" {
		left = append(left, "user_demoted")
	}
	for _, i := range p.clerk.Snapshot().Invitations {
		if i.Email == "invited@corp.example" && i.Status == "pending" {
			left = append(left, "the invitation")
		}
	}
	return left
}

// in counts the people who have the access that they waited for.
func (p *progress) in() int {
	n := 0
	for id, m := range p.members("org_acme") {
		if !slices.Contains([]string{"user_boss", "user_demoted", "user_leaver1", "user_leaver2"}, id) && (m.Role == "org:admin") == (p.of.action == plan.SetRole) {
			n++
		}
	}
	for _, i := range p.clerk.Snapshot().Invitations {
		if i.Status == "pending" && strings.HasPrefix(i.Email, "n") {
			n++
		}
	}
	return n
}

// calls counts the requests of the gain, but not the demotion.
func (p *progress) calls() int {
	n := 0
	for _, kind := range p.of.kinds {
		for _, r := range p.clerk.Requests(kind) {
			if !strings.HasSuffix(r.Path, "user_demoted") {
				n++
			}
		}
	}
	return n
}

// waiting are the gains of a plan by state.
func (p *progress) waiting(made *plan.Plan) (skipped map[plan.Reason]int, ready int) {
	skipped = map[plan.Reason]int{}
	for _, c := range made.Changes() {
		switch c.State {
		case plan.Ready:
			ready++
		case plan.Skipped:
			skipped[c.SkippedFor()]++
		case plan.Held:
		}
	}
	return skipped, ready
}

// A cell of the table: Clerk refuses every gain with one code. Whoever loses
// access loses it in the first run; a refusal of the whole organization costs one
// call a run and is foretold; and when Clerk relents all is well after two runs.
func (p *progress) cell(code sandbox.Code) {
	p.t.Helper()
	p.refuse(code)
	before := p.calls()
	r := p.apply(sync.Run{})
	if left := p.lossesLeft(); len(left) > 0 {
		p.t.Errorf("after the first run there are still %v", left)
	}
	if reason := refusedReasons[code.Code]; reason != 0 {
		if !reason.Ends(&plan.Change{Action: p.of.action, Admin: p.effect()}) {
			reason = plan.QuotaRefused
		}
		p.refused(r, reason, before)
	}
	if err := p.clerk.SetFaults(); err != nil {
		p.t.Fatal(err)
	}
	if remembered := code.Code == "organization_membership_managed_by_scim"; remembered {
		time.Sleep(8 * 24 * time.Hour)
	} else if p.of.action == plan.Invite {
		time.Sleep(3 * time.Hour) // resend_after, and the quota of an hour
	}
	p.converges()
}

func (p *progress) effect() plan.AdminEffect {
	if p.of.action == plan.SetRole {
		return plan.AdminGained
	}
	return ""
}

// refused checks the first run and the next plan where Clerk refuses the whole
// organization.
func (p *progress) refused(r *sync.Report, reason plan.Reason, before int) {
	p.t.Helper()
	if n := p.calls() - before; n > 1 {
		p.t.Errorf("%d calls in vain", n)
	}
	if r.Tally(apply.Failed) > 0 || r.NotTried > 0 || len(r.Stopped) > 0 || r.Tally(apply.Dropped) != p.n {
		p.t.Errorf("%d failed, %d left out, %d not tried, stopped %v", r.Tally(apply.Failed), r.Tally(apply.Dropped), r.NotTried, r.Stopped)
	}
	for i := range r.Outcomes {
		if o := &r.Outcomes[i]; o.Result == apply.Dropped && o.Reason != reason {
			p.t.Fatalf("left out for %q, want %q", o.Reason, reason)
		}
	}
	for range 2 { // to look changes nothing
		if skipped, ready := p.waiting(p.plan()); skipped[reason] != p.n || ready != 0 {
			p.t.Errorf("the next plan: skipped %v, %d ready", skipped, ready)
		}
	}
}

// converges checks that two runs lead to what is wanted, and the third sends
// nothing.
func (p *progress) converges() {
	p.t.Helper()
	p.apply(sync.Run{})
	p.apply(sync.Run{})
	if skipped, ready := p.waiting(p.plan()); ready > 0 || len(skipped) > 0 {
		p.t.Errorf("after two runs %d are ready, and skipped %v", ready, skipped)
	}
	if in := p.in(); in != p.n {
		p.t.Errorf("after two runs %d of %d have access", in, p.n)
	}
	if err := p.clerk.SetFaults(); err != nil {
		p.t.Fatal(err)
	}
	p.clerk.ForgetRequests()
	p.apply(sync.Run{})
	if sent := p.clerk.Writes(); len(sent) > 0 {
		p.t.Errorf("the third run sends %+v", sent[0])
	}
}

// oneOfEach is one code for each status and reason.
func oneOfEach(all []sandbox.Code) []sandbox.Code {
	seen := map[string]bool{}
	return slices.DeleteFunc(slices.Clone(all), func(c sandbox.Code) bool {
		key := fmt.Sprint(c.Status, refusedReasons[c.Code])
		known := map[string]bool{"already_a_member_in_organization": true, "organization_minimum_permissions_needed": true, "exclusive_organization_membership": true,
			"organization_membership_managed_by_scim": true, "form_identifier_exists": true, "organization_not_enabled_in_instance": true, "authorization_invalid": true}[c.Code]
		again := seen[key]
		seen[key] = true
		return again && !known
	})
}

func TestS39LossesNeverWaitForGains(t *testing.T) {
	t.Parallel()
	codes := sandbox.Codes()
	sizes := []int{1, 9, 10, 50, 500}
	short := suite.Short(t) || suite.Race
	if short {
		codes = oneOfEach(codes)
	}
	one, names := oneOfEach(codes), slices.Sorted(maps.Keys(gainsOfClerk))
	for g, name := range names {
		of := gainsOfClerk[name]
		for k, code := range codes {
			size := sizes[:4]
			switch {
			case short && (k%len(names) != g || k/len(names)%2 > 0):
				continue // half of the codes, each with one gain, and each gain with each size
			case short:
				size = sizes[k/len(names)/2%4 : k/len(names)/2%4+1]
			case !slices.Contains(one, code):
				size = sizes[k%4 : k%4+1]
			case refusedReasons[code.Code] != 0:
				size = sizes
			}
			for _, n := range size {
				t.Run(fmt.Sprintf("%s/%d %s x %d", name, code.Status, code.Code, n), func(t *testing.T) {
					t.Parallel()
					synctest.Test(t, func(t *testing.T) {
						p := newProgress(t, of, n)
						defer func() { _ = p.db.Close() }() // each write was on disk when it returned
						p.cell(code)
					})
				})
			}
		}
	}
}
