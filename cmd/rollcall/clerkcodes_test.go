package main

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"rollcall/.ci/suite"
	"rollcall/clerkapi"
	"rollcall/clerkapi/sandbox"
	"rollcall/cmd/rollcall/internal/runner"
	"rollcall/source"
	"rollcall/source/csvfile"
	"rollcall/source/file"
	"rollcall/sync"
	"rollcall/sync/apply"
	"rollcall/sync/plan"
	"rollcall/sync/policy"
)

const codesFile = "../../deploy/clerk-errors.md"

// side is what the calls of a kind do to people.
type side uint8

const (
	gives side = iota
	takes
	neither
	foretells // reads, which nothing waits for
)

// answered is a call that Clerk answers with an error, in one organization.
type answered struct {
	column string
	action plan.Action
	admin  plan.AdminEffect // which changes of role
	side   side
	faults func(sandbox.Code) []sandbox.Fault
}

func faultOn(method, path string) func(sandbox.Code) []sandbox.Fault {
	return func(c sandbox.Code) []sandbox.Fault {
		return []sandbox.Fault{{Method: method, Path: "/organizations/org_acme/" + path, Code: c.Code, Status: c.Status}}
	}
}

var answeredCalls = []answered{
	{"add", plan.Add, "", gives, faultOn("POST", "memberships")},
	{"promotion", plan.SetRole, plan.AdminGained, gives, faultOn("PATCH", "memberships/user_n*")},
	{"invitation", plan.Invite, "", gives, faultOn("POST", "invitations")},
	{"new user", plan.CreateUser, "", gives, func(c sandbox.Code) []sandbox.Fault {
		return []sandbox.Fault{{Method: "POST", Path: "/users", Code: c.Code, Status: c.Status}}
	}},
	{"removal", plan.Remove, "", takes, faultOn("DELETE", "memberships/*")},
	{"demotion", plan.SetRole, plan.AdminLost, takes, faultOn("PATCH", "memberships/user_falls*")},
	{"revocation", plan.RevokeInvitation, "", takes, faultOn("POST", "invitations/*/revoke")},
	{"metadata", plan.SetMetadata, "", neither, faultOn("PATCH", "memberships/*/metadata")},
	{"forecast", 0, "", foretells, forecastFaults},
}

// forecastFaults refuse the lists that only foretell what Clerk will do: other
// writers, and the seats that a subscription pays for.
func forecastFaults(c sandbox.Code) []sandbox.Fault {
	var out []sandbox.Fault
	for _, path := range []string{"/directories*", "/enterprise_connections", "/organization_domains", "/organizations/*/billing/subscription"} {
		out = append(out, sandbox.Fault{Method: "GET", Path: path, Code: c.Code, Status: c.Status})
	}
	return out
}

// codeSeed is an instance with two organizations and the rows that they should
// follow. In acme three people wait for access, two each are to be removed, to be
// demoted, to have their invitations revoked and to get other metadata; in beta one
// comes and one leaves.
func codeSeed(call *answered) (*sandbox.Seed, string) {
	seed := &sandbox.Seed{Version: sandbox.SeedVersion, Organizations: []sandbox.Organization{{ID: "org_acme", Slug: "acme"}, {ID: "org_beta", Slug: "beta"}}}
	ours := func(id string) []byte {
		return fmt.Appendf(nil, `{"rollcall":{"owner":"rollcall","source":"hr","id":%q}}`, id)
	}
	rows := "id,email,org,role,dept\n"
	row := func(organization, id, role string) {
		rows += fmt.Sprintf("%s,%s@corp.example,%s,%s,law\n", id, id, organization, role)
	}
	user := func(id string) {
		seed.Users = append(seed.Users, sandbox.User{ID: "user_" + id, Email: id + "@corp.example"})
	}
	member := func(organization, id, role, dept string) {
		user(id)
		seed.Memberships = append(seed.Memberships, sandbox.Membership{OrganizationID: "org_" + organization, UserID: "user_" + id, Role: role,
			PublicMetadata: fmt.Appendf(nil, `{"dept":%q}`, dept), PrivateMetadata: ours(id)})
	}
	member("acme", "boss", "org:admin", "law")
	row("acme", "boss", "org:admin")
	for _, n := range []string{"1", "2"} {
		member("acme", "gone"+n, "org:member", "law")
		member("acme", "falls"+n, "org:admin", "law")
		row("acme", "falls"+n, "org:member")
		member("acme", "moves"+n, "org:member", "tax")
		row("acme", "moves"+n, "org:member")
		seed.Invitations = append(seed.Invitations, sandbox.Invitation{ID: "orginv_away" + n, OrganizationID: "org_acme", Email: "away" + n + "@corp.example", PrivateMetadata: ours("away" + n)})
	}
	for _, id := range []string{"n0", "n1", "n2"} {
		switch {
		case call.action == plan.Invite || call.action == plan.CreateUser:
			row("acme", id, "org:member")
		case call.admin == plan.AdminGained:
			member("acme", id, "org:member", "law")
			row("acme", id, "org:admin")
		default:
			user(id)
			row("acme", id, "org:member")
		}
	}
	member("beta", "stays", "org:member", "law")
	member("beta", "gone3", "org:member", "law")
	user("b1")
	row("beta", "stays", "org:member")
	row("beta", "b1", "org:member")
	return seed, rows
}

// applyCodeSeed is one run without state, while Clerk answers the calls with the
// code.
func applyCodeSeed(t *testing.T, call *answered, code sandbox.Code) (*sandbox.Server, *sync.Report) {
	t.Helper()
	seed, rows := codeSeed(call)
	server, err := sandbox.New(sandbox.Options{SecretKey: "sk_live_test", Seed: seed})
	if err != nil {
		t.Fatal(err)
	}
	if err := server.SetFaults(call.faults(code)...); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "people.csv")
	if err := os.WriteFile(path, []byte(rows), 0o600); err != nil {
		t.Fatal(err)
	}
	client, err := clerkapi.New(clerkapi.Config{SecretKey: clerkapi.NewSecret(server.SecretKey()), APIURL: "http://127.0.0.1"}, clerkapi.WithTransport(server.RoundTripper()))
	if err != nil {
		t.Fatal(err)
	}
	csv := csvfile.Config{Path: path, Settle: new(time.Duration)}
	csv.Columns.ID, csv.Columns.Email, csv.Columns.Organization, csv.Columns.Role = "id", "email", "org", "role"
	csv.Columns.Metadata.Public = map[string]string{"dept": "dept"}
	if err := csv.Validate(); err != nil {
		t.Fatal(err)
	}
	config := policy.DefaultConfig()
	wide := policy.Limit{Percent: 100, People: 100}
	config.Removals, config.MissingUsers, config.EmailDomains = policy.RemovalsManaged, policy.MissingInvite, []string{"corp.example"}
	if call.action == plan.CreateUser {
		config.MissingUsers = policy.MissingCreate
	}
	config.Guards = policy.Guards{Removals: wide, AdminLosses: wide, AdminGrants: wide, Adds: wide, RoleChanges: wide, MetadataNulls: wide, SourceShrink: wide}
	r, err := sync.New(config, nil, []source.Source{csvfile.Open("hr", csv, source.Canaries{}, file.Options{})}, client)
	if err != nil {
		t.Fatal(err)
	}
	report, err := r.RunOnce(t.Context(), sync.Run{Apply: true, Writers: call.side == foretells})
	if err != nil {
		t.Fatal(err)
	}
	return server, report
}

// codeCell is what one code does to one kind of call, and to everything else.
type codeCell struct {
	what string
	exit int
	// losses and gains say that the other changes of acme were done, others the same
	// of beta.
	losses, gains, others bool
}

func cellOf(t *testing.T, call *answered, code sandbox.Code) (cell codeCell) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		server, r := applyCodeSeed(t, call, code)
		cell = codeCell{what: whatBecame(r, call), exit: (&runner.Outcome{Verb: "apply", Report: r}).Code()}
		is := statesOf(server)
		// A code that ends a kind of call ends it in the whole run.
		ends := func(of side) bool { return call.side == of && endsCalls(code) }
		done := func(action plan.Action, admin plan.AdminEffect, want ...string) bool {
			if call.action == action && call.admin == admin {
				return true // the call that was answered so
			}
			return !slices.ContainsFunc(want, func(w string) bool { return !is[w] })
		}
		cell.losses = ends(takes) || done(plan.Remove, "", "acme gone1 -", "acme gone2 -") &&
			done(plan.SetRole, plan.AdminLost, "acme falls1 org:member", "acme falls2 org:member") &&
			done(plan.RevokeInvitation, "", "acme away1 -", "acme away2 -")
		cell.gains = (call.side == gives || done(plan.Add, "", "acme n0 org:member", "acme n1 org:member", "acme n2 org:member")) &&
			done(plan.SetMetadata, "", "acme moves1 law", "acme moves2 law")
		cell.others = (ends(takes) || is["beta gone3 -"]) && (ends(gives) || is["beta b1 org:member"])
	})
	return cell
}

// statesOf is what holds of people: their role or their department in an
// organization, or a dash.
func statesOf(server *sandbox.Server) map[string]bool {
	is, in := map[string]bool{}, map[string]bool{}
	snapshot := server.Snapshot()
	for _, m := range snapshot.Memberships {
		who := strings.TrimPrefix(m.OrganizationID, "org_") + " " + strings.TrimPrefix(m.UserID, "user_")
		in[who], is[who+" "+m.Role] = true, true
		if strings.Contains(string(m.PublicMetadata), "law") {
			is[who+" law"] = true
		}
	}
	for _, inv := range snapshot.Invitations {
		if name, _, _ := strings.Cut(inv.Email, "@"); inv.Status == "pending" {
			in["acme "+name] = true
		}
	}
	for _, who := range []string{"acme gone1", "acme gone2", "acme away1", "acme away2", "beta gone3"} {
		is[who+" -"] = !in[who]
	}
	return is
}

// endsCalls reports whether a code ends all calls of its kind in the run.
func endsCalls(code sandbox.Code) bool {
	return clerkapi.StopsRun(&clerkapi.Error{Status: code.Status, Code: code.Code})
}

// whatBecame says in few words what became of the calls of one kind in acme.
func whatBecame(r *sync.Report, call *answered) string {
	words := map[string]bool{}
	if call.side == foretells {
		return forecastOf(r)
	}
	for i := range r.Outcomes {
		o := &r.Outcomes[i]
		if o.Change.Action != call.action || call.admin != "" && o.Change.Admin != call.admin || o.Change.Organization != "org_acme" {
			continue
		}
		switch {
		case o.Result == apply.Dropped && o.Reason != 0:
			words["skipped: `"+o.Reason.String()+"`"] = true
		case o.Result == apply.Dropped:
			words["skipped"] = true
		default:
			words[string(o.Result)] = true
		}
	}
	out := make([]string, 0, len(words))
	for w := range words {
		out = append(out, w)
	}
	slices.Sort(out)
	return strings.Join(out, ", ")
}

// forecastOf is what a run without the lists of the forecast says: three of them
// are of other writers, without mappings of a directory that was not listed.
func forecastOf(r *sync.Report) string {
	known := r.Plan.Writers
	switch {
	case known == nil || len(known.Unread) != 3:
		return "**read**"
	case known.Failed():
		return "tried again"
	}
	return "without"
}

// codeRow is the row of a code in the document; it fails where the code stops
// anything else.
func codeRow(t *testing.T, code sandbox.Code) string {
	t.Helper()
	yes := func(all bool) string { return map[bool]string{true: "done", false: "**not done**"}[all] }
	row := []string{"`" + code.Code + "`", fmt.Sprint(code.Status)}
	losses, gains, others := true, true, true
	var exits []string
	for i := range answeredCalls {
		c := cellOf(t, &answeredCalls[i], code)
		row, exits = append(row, c.what), append(exits, fmt.Sprint(c.exit))
		losses, gains, others = losses && c.losses, gains && c.gains, others && c.others
		if !c.losses || !c.gains || !c.others {
			t.Errorf("%s of a %s: other losses done %t, other gains and metadata done %t, other organizations done %t", code.Code, answeredCalls[i].column, c.losses, c.gains, c.others)
		}
	}
	cells, leaverExits := ladderRow(t, code)
	beta := yes(others)
	if endsCalls(code) {
		beta = "no further call of the kind"
	}
	row = append(row, yes(losses), yes(gains), beta, strings.Join(exits, " "))
	return "| " + strings.Join(append(append(row, cells...), strings.Join(leaverExits, " ")), " | ") + " |"
}

var codesHead = `# What Clerk's error codes do

A test writes this table. It lets Clerk answer one kind of call in one organization with each error code, and checks everything else.

- **add, promotion, invitation, new user, removal, demotion, revocation, metadata**: the result of those calls. A demotion removes an admin role. A revocation revokes the invitation of somebody who left. *skipped* is followed by the reason in reports and in ` + "`rollcall_skipped_changes`" + `; *found* means already done; *failed* counts for ` + "`error_budget`" + `, for this kind of call only.
- **forecast**: the lists of what else changes members in Clerk, and of the seats that are paid for. They only foretell what Clerk will do, so nothing waits for them. *without*: Clerk refuses the list, and the plan is made without it. *tried again*: the plan says that the list is missing, and the next run asks again.
- **losses**: the other removals, demotions and revocations in the same organization. **gains**: the other adds and metadata changes there. **others**: the other organizations. *no further call of the kind*: in the whole run. The kinds are calls that give access, calls that remove access, and metadata; the other kinds continue.
- **exit**: the exit codes of these runs, in the order of the nine columns: 0 done or skipped, 4 some changes failed.
- **users to unban**: the calls of the leaver ladder, and of the undo that opens an account again. Clerk refuses them for one of three people who have left. The steps are named in ` + "`rollcall help offboarding`" + `.
  - *users* reads the accounts, also those that grants name. *no plan*: the run fails and changes nothing.
  - *memberships* reads the memberships of the leaver before and after the removal. *sessions* and *keys* are the lists, *session* and *key* end one of them. The other session or key of the same person ends all the same.
  - The other steps on the same account are taken, unless it is unknown whether the account has another membership. A ban that cannot be taken back keeps the person without a membership (S08).
  - The other two accounts are closed in the same run. There are two exceptions: a refused key (401) ends the run, and a plan without the feature (402, ` + "`feature_…`, `request_invalid_for_…`" + `) ends that step for everybody. In the next run Clerk answers again, and all three accounts are closed, or opened. Nobody who stays loses a session, a key or the account.
- **exit of leavers**: the exit codes of these runs, in the order of the ten columns: 1 no plan.

A grant and a deny have no columns of their own: an add, a removal and the look at the accounts are all they send.

A reason ending in ` + "`_refused`, `user_quota` or `role_migration`" + ` concerns the whole organization or instance: a run makes one such call, the next plan says so beforehand, and the run after that tries again.

| code | status | add | promotion | invitation | new user | removal | demotion | revocation | metadata | forecast | losses | gains | others | exit | ` + strings.Join(ladderColumns(), " | ") + ` | exit of leavers |
|` + strings.Repeat("---|", 16+len(ladderCodes)) + `
`

// Every code that our calls can get has a row that says what happens, and the
// document has the rows of today.
func TestS39EveryCodeOfClerkHasARow(t *testing.T) {
	t.Parallel()
	codes := sandbox.Codes()
	rows := make([]string, len(codes))
	short := suite.Short(t) && !*updateTables
	t.Run("rows", func(t *testing.T) {
		for i, code := range codes {
			if short && i%100 != 0 {
				continue
			}
			t.Run(fmt.Sprint(code.Status, " ", code.Code), func(t *testing.T) {
				t.Parallel()
				rows[i] = codeRow(t, code)
			})
		}
	})
	checkTable(t, codesFile, codesHead, rows)
}
