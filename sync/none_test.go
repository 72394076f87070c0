package sync

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"rollcall/clerkapi"
	"rollcall/source"
	"rollcall/sync/internal/fake"
	"rollcall/sync/plan"
	"rollcall/sync/policy"
)

var (
	allRemovals = []policy.Removals{policy.RemovalsNone, policy.RemovalsManaged, policy.RemovalsAll}
	allAdopts   = []policy.AdoptMode{policy.AdoptNone, policy.AdoptMatched, policy.AdoptWanted}
)

// Each way in which a member of ours can lose something, under removals: managed
// and under none: the first takes it, the second counts and notes it (S26).
func TestS26NoneTakesNothing(t *testing.T) {
	t.Parallel()
	for _, x := range []struct {
		name    string
		prepare func(c *chronicle)
		managed string         // what managed does
		none    string         // what none does
		omitted plan.LossCount // what none counts
		note    string
	}{
		{name: "leaver", prepare: func(c *chronicle) { c.source().Snapshot.Groups[0].Members = nil },
			managed: "ready remove acme user_ann", omitted: plan.LossCount{Memberships: 1}, note: "because of removals: none, 1 member is not removed: ann@corp.example"},
		{name: "leaver, grace and demote_first", prepare: func(c *chronicle) {
			c.source().Snapshot.Groups[0].Members = nil
			c.config.Grace, c.config.DemoteFirst = time.Hour, "org:guest"
		}, managed: "ready set_role acme user_ann guest, skipped remove acme user_ann", omitted: plan.LossCount{Memberships: 1}, note: "ann@corp.example"},
		{name: "disabled account", prepare: func(c *chronicle) { c.source().Snapshot.People[0].Disabled = "locked" },
			managed: "ready remove acme user_ann", omitted: plan.LossCount{Memberships: 1}, note: "ann@corp.example"},
		{name: "ended", prepare: func(c *chronicle) {
			c.source().Snapshot.People[0].Period = &source.Period{End: c.now.Add(-24 * time.Hour)}
		},
			managed: "ready remove acme user_ann", omitted: plan.LossCount{Memberships: 1}, note: "ann@corp.example"},
		{name: "demotion", prepare: func(c *chronicle) { c.clerk.Find("org_acme", "user_ann").Role = "org:admin" },
			managed: "ready set_role acme user_ann member", omitted: plan.LossCount{AdminRoles: 1}, note: "ann@corp.example: keeps org:admin because of removals: none; should be org:member by rule 1: staff"},
		{name: "metadata key", prepare: func(c *chronicle) { c.clerk.Find("org_acme", "user_ann").Public = json.RawMessage(`{"dept":"Sales"}`) },
			managed: "ready set_metadata acme user_ann", omitted: plan.LossCount{MetadataKeys: 1}, note: "because of removals: none, 1 metadata key is not removed: ann@corp.example"},
		{name: "metadata key, beside one that comes", prepare: func(c *chronicle) {
			c.clerk.Find("org_acme", "user_ann").Public = json.RawMessage(`{"dept":"Sales"}`)
			c.rules[0].Metadata.Public["site"] = "HQ"
		}, managed: "ready set_metadata acme user_ann", none: "ready set_metadata acme user_ann", omitted: plan.LossCount{MetadataKeys: 1}, note: "ann@corp.example"},
		{name: "a value in the place of an object", prepare: func(c *chronicle) {
			c.clerk.Find("org_acme", "user_ann").Public = json.RawMessage(`{"site":{"a":1}}`)
			c.rules[0].Metadata.Public["site"] = "HQ"
		}, managed: "ready set_metadata acme user_ann", omitted: plan.LossCount{MetadataKeys: 1}, note: "ann@corp.example"},
		{name: "neutral role", prepare: func(c *chronicle) { c.clerk.Find("org_acme", "user_ann").Role = "org:guest" },
			managed: "ready set_role acme user_ann member", none: "ready set_role acme user_ann member"},
		{name: "another value", prepare: func(c *chronicle) {
			c.clerk.Find("org_acme", "user_ann").Public = json.RawMessage(`{"site":"old"}`)
			c.rules[0].Metadata.Public["site"] = "HQ"
		}, managed: "ready set_metadata acme user_ann", none: "ready set_metadata acme user_ann"},
	} {
		t.Run(x.name, func(t *testing.T) {
			for removals, want := range map[policy.Removals]string{policy.RemovalsManaged: x.managed, policy.RemovalsNone: x.none} {
				c := oneMember(t)
				x.prepare(c)
				c.config.Removals = removals
				p := c.plan()
				if got := strings.Join(lines(p), ", "); got != want {
					t.Errorf("%s: %s, want %s", removals, got, want)
				}
				if removals == policy.RemovalsNone {
					saysOmitted(t, p, x.omitted, x.note)
					access := accessOf(c.clerk)
					c.apply()
					if lost := access.lost(c.clerk); lost != "" {
						t.Errorf("none: %s", lost)
					}
				} else if p.Organizations[0].Omitted != nil {
					t.Errorf("managed omits %+v", p.Organizations[0].Omitted)
				}
			}
		})
	}
}

// oneMember is an organization with an admin by hand and one member of ours.
func oneMember(t *testing.T) *chronicle {
	f := fake.NewClerk("acme")
	f.User("user_boss", "boss@else.example")
	f.User("user_ann", "ann@corp.example")
	f.Member("acme", "user_boss", "org:admin", "")
	f.Member("acme", "user_ann", "org:member", fake.Ours("1"))
	s := tell(t, f, fake.HR("1 ann@corp.example").Group("staff", 0))
	r := s.rule("acme", "org:member", "staff")
	r.Metadata.Public, r.AllowEmpty = map[string]any{"dept": "{dept}"}, []string{"staff"}
	return begin(t, s)
}

func saysOmitted(t *testing.T, p *plan.Plan, want plan.LossCount, note string) {
	t.Helper()
	o := p.Organizations[0]
	switch {
	case want == (plan.LossCount{}) && (o.Omitted != nil || len(o.Notes) > 0):
		t.Errorf("omitted %+v, notes %+v", o.Omitted, o.Notes)
	case want != (plan.LossCount{}) && (o.Omitted == nil || *o.Omitted != want || len(o.Notes) != 1 || o.Notes[0].Rule != "S26" || !strings.Contains(o.Notes[0].Text, note)):
		t.Errorf("omitted %+v, want %+v; notes %+v, want %q", o.Omitted, want, o.Notes, note)
	}
}

// Where a read was not whole, nobody knows what managed would take: nothing is
// counted, and nothing is taken.
func TestS26NothingIsCountedAfterAnIncompleteRead(t *testing.T) {
	t.Parallel()
	for name, damage := range map[string]func(s *fake.Source){
		"half a file": func(s *fake.Source) { s.Snapshot.NoRemovals = []string{"the last line has no end"} },
		"canary":      func(s *fake.Source) { s.Snapshot.MissingCanaries = []string{"person boss"} },
	} {
		c := oneMember(t)
		c.config.Removals = policy.RemovalsNone
		c.source().Snapshot.Groups[0].Members = nil
		damage(c.source())
		if p := c.plan(); p.Organizations[0].Omitted != nil || len(lines(p)) > 0 {
			t.Errorf("%s: %+v", name, p.Organizations[0])
		}
	}
}

// What an organization of the past would lose is kept under none, and said.
func TestS26NoneRetiresNothing(t *testing.T) {
	t.Parallel()
	for _, removals := range allRemovals[:2] {
		c := oneMember(t)
		c.clerk.Organizations = append(c.clerk.Organizations, clerkapi.Organization{ID: "org_old", Slug: "old"})
		c.clerk.Member("old", "user_ann", "org:member", fake.Ours("1"))
		c.config.Removals, c.config.Retire = removals, map[string]policy.Retire{"old": policy.RetireRemove}
		p := c.run(Run{}).Plan // without history
		said := slices.ContainsFunc(p.Notes, func(n plan.Note) bool { return n.Rule == "S26" && strings.Contains(n.Text, "old") })
		if goes := len(lines(p)) > 0; goes == (removals == policy.RemovalsNone) || said == goes {
			t.Errorf("%s: %q, notes %+v", removals, lines(p), p.Notes)
		}
	}
}

// adopt says who becomes ours; what else happens to them stands behind the guards
// like any other change, and under none nobody loses by it (S26).
func TestS26Adopt(t *testing.T) {
	t.Parallel()
	for _, x := range []struct {
		removals policy.Removals
		adopt    policy.AdoptMode
		want     string // of fay (member, wanted as member), finn (admin, wanted as member), gus (guest, wanted as member), tom (wanted by nobody)
		held     string
	}{
		{removals: policy.RemovalsNone, adopt: policy.AdoptNone},
		{removals: policy.RemovalsNone, adopt: policy.AdoptMatched, want: "ready adopt acme fay"},
		{removals: policy.RemovalsNone, adopt: policy.AdoptWanted, want: "ready adopt acme fay, ready adopt acme finn, ready adopt acme gus, ready set_role acme gus member"},
		{removals: policy.RemovalsManaged, adopt: policy.AdoptNone},
		{removals: policy.RemovalsManaged, adopt: policy.AdoptMatched, want: "ready adopt acme fay"},
		{removals: policy.RemovalsManaged, adopt: policy.AdoptWanted, held: "S17 admin_losses org_acme",
			want: "ready adopt acme fay, ready adopt acme finn, ready adopt acme gus, ready set_role acme gus member, held set_role acme finn member"},
		{removals: policy.RemovalsAll, adopt: policy.AdoptNone, held: "S17 admin_losses org_acme",
			want: "ready set_role acme gus member, held set_role acme finn member, ready remove acme tom"},
		{removals: policy.RemovalsAll, adopt: policy.AdoptMatched, held: "S17 admin_losses org_acme",
			want: "ready adopt acme fay, ready set_role acme gus member, held set_role acme finn member, ready remove acme tom"},
		{removals: policy.RemovalsAll, adopt: policy.AdoptWanted, held: "S17 admin_losses org_acme",
			want: "ready adopt acme fay, ready adopt acme finn, ready adopt acme gus, ready set_role acme gus member, held set_role acme finn member, ready remove acme tom"},
	} {
		f := fake.NewClerk("acme")
		for user, role := range map[string]string{"boss": "admin", "fay": "member", "finn": "admin", "gus": "guest", "tom": "guest"} {
			f.User(user, user+"@corp.example")
			f.Member("acme", user, "org:"+role, "")
		}
		f.Find("org_acme", "boss").Private = json.RawMessage(fake.Ours("9"))
		s := tell(t, f, fake.HR("1 fay@corp.example", "2 finn@corp.example", "3 gus@corp.example", "9 boss@corp.example").Group("staff", 0, 1, 2).Group("admins", 3))
		s.rule("acme", "org:member", "staff")
		s.rule("acme", "org:admin", "admins")
		s.config.Removals, s.config.Adopt, s.config.Guards.AdminLosses = x.removals, x.adopt, policy.Limit{People: 0}
		p := s.run(Run{}).Plan
		if got := strings.Join(lines(p), ", "); got != x.want {
			t.Errorf("removals: %s, adopt: %s:\n\t%s, want\n\t%s", x.removals, x.adopt, got, x.want)
		}
		if got := strings.Join(held(p), ", "); got != x.held {
			t.Errorf("removals: %s, adopt: %s: held %s, want %s", x.removals, x.adopt, got, x.held)
		}
	}
}

// An adoption carries metadata, as a change of metadata does: it waits while a
// source that may say otherwise cannot be read (S14).
func TestS14AdoptionWaitsForASourceThatOutranks(t *testing.T) {
	t.Parallel()
	for state, fault := range map[string]error{"ready": nil, "held": errors.New("no route to host")} {
		f := fake.NewClerk("acme", "beta")
		f.User("u1", "ann@corp.example")
		f.Member("acme", "u1", "org:member", "").Public = json.RawMessage(`{"dept":"Sales"}`)
		hr := fake.HR("9 zoe@corp.example").Group("boss", 0)
		hr.Err = fault
		s := tell(t, f, hr, fake.HR("1 ann@corp.example dept=IT").Named("it").Group("staff", 0))
		s.rule("beta", "org:member", "boss").Source = "hr"
		r := s.rule("acme", "org:member", "staff")
		r.Source, r.Metadata.Public = "it", map[string]any{"dept": "{dept}"}
		s.config.Adopt = policy.AdoptWanted
		s.plans(state + " adopt acme u1")
	}
}

// access is what each membership has: the role, and the paths of its metadata.
type access map[string]map[string]bool

func accessOf(f *fake.Clerk) access {
	out := access{}
	for id, members := range f.Members {
		for _, m := range members {
			held := map[string]bool{}
			if m.Role == "org:admin" {
				held["the rights of an admin"] = true
			}
			addPaths(held, "public", plan.Decode(m.Public))
			addPaths(held, "private", plan.Decode(m.Private))
			out[id+" "+m.UserID] = held
		}
	}
	return out
}

// addPaths adds the paths of all keys but those of our marker.
func addPaths(paths map[string]bool, prefix string, o map[string]any) {
	for key, v := range o {
		if prefix == "private" && key == plan.MarkerKey {
			continue
		}
		paths[prefix+"."+key] = true
		if inner, object := v.(map[string]any); object {
			addPaths(paths, prefix+"."+key, inner)
		}
	}
}

// lost says what somebody has less today; empty if nobody has.
func (a access) lost(f *fake.Clerk) string {
	now := accessOf(f)
	for _, key := range slices.Sorted(maps.Keys(a)) {
		if now[key] == nil {
			return key + " is not a member any more"
		}
		for what := range a[key] {
			if !now[key][what] {
				return fmt.Sprintf("%s has lost %s", key, what)
			}
		}
	}
	return ""
}

// Whatever a world holds, and however its sources change or fail: under removals:
// none no write of a run takes a membership, the rights of an admin or a metadata
// key from anybody (S26). The same worlds lose something under the other values,
// or the property would say nothing.
func TestS26NoWriteUnderNoneLowersAnybody(t *testing.T) {
	t.Parallel()
	took, wrote := map[policy.Removals]int{}, 0
	rapid.Check(t, func(rt *rapid.T) {
		s := drawStory(t, rt, rapid.Bool().Draw(rt, "plain"))
		s.rules[0].Metadata = policy.Templates{Public: map[string]any{"dept": "{dept}", "note": "HQ", "desk": map[string]any{"floor": "{dept}"}}, Private: map[string]any{"team": "{dept}"}}
		drawOwnMetadata(rt, s.clerk)
		for _, removals := range allRemovals {
			other := s.copied()
			other.config.Removals = removals
			before, fault := accessOf(other.clerk), ""
			other.clerk.After = func(call string) {
				lost := before.lost(other.clerk)
				if lost != "" {
					took[removals]++
				}
				if lost != "" && removals == policy.RemovalsNone {
					fault = call + ": " + lost
				}
				before = accessOf(other.clerk)
			}
			other.run(Run{Apply: true})
			for _, src := range other.sources {
				other.sources = []source.Source{src} // the other one is gone
			}
			other.run(Run{Apply: true})
			if wrote += len(other.clerk.Calls); fault != "" {
				rt.Fatal(fault)
			}
		}
	})
	if took[policy.RemovalsManaged] == 0 || took[policy.RemovalsAll] == 0 || wrote == 0 {
		t.Errorf("no world loses anything: %v, %d writes", took, wrote)
	}
}

// drawOwnMetadata gives members metadata where the rules write theirs.
func drawOwnMetadata(rt *rapid.T, f *fake.Clerk) {
	for _, id := range slices.Sorted(maps.Keys(f.Members)) {
		for i := range f.Members[id] {
			m := &f.Members[id][i]
			m.Public = json.RawMessage(rapid.SampledFrom([]string{`{}`, `{"dept":"Sales"}`, `{"dept":{"a":1},"note":{"b":{"c":2}}}`, `{"desk":{"floor":"3","room":"9"}}`, `{"desk":"x"}`}).Draw(rt, "public"))
			if private := plan.Decode(m.Private); private != nil && rapid.Bool().Draw(rt, "private") {
				private["team"] = "old"
				m.Private = json.RawMessage(plan.Canonical(private))
			}
		}
	}
}
