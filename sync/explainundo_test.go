package sync

import (
	"strings"
	"testing"

	"rollcall/clerkapi"
	"rollcall/source"
	"rollcall/sync/internal/fake"
)

// What explain says of the undo of a change is what undo does: it is offered where undo
// would do it, and else the reason is said (S25).
func TestS25ExplainOffersTheUndoThatWouldBeDone(t *testing.T) {
	t.Parallel()
	for name, x := range map[string]struct {
		who  string
		then func(c *chronicle, f *fake.Clerk)
		why  string // empty: it is offered
	}{
		"removed, still in the directory": {"user_cy", func(*chronicle, *fake.Clerk) {}, ""},
		"removed, and gone":               {"user_cy", func(c *chronicle, _ *fake.Clerk) { leave(c, 2) }, "no longer in the directory"},
		"removed, and disabled":           {"user_cy", func(c *chronicle, _ *fake.Clerk) { c.source().Snapshot.People[2].Disabled = "locked" }, "locked"},
		"removed, and back by hand":       {"user_cy", func(_ *chronicle, f *fake.Clerk) { f.Member("acme", "user_cy", "org:guest", "") }, "is a member again"},
		"removed, and denied":             {"user_cy", func(c *chronicle, _ *fake.Clerk) { c.config.Deny = []string{"user_cy"} }, "on the deny list (S08)"},
		"removed, its source cannot tell": {"user_cy", func(c *chronicle, _ *fake.Clerk) { c.source().Snapshot.MissingCanaries = []string{"person boss"} }, "canaries"},
		"promoted":                        {"user_ben", func(*chronicle, *fake.Clerk) {}, ""},
		"promoted, moved since":           {"user_ben", func(_ *chronicle, f *fake.Clerk) { f.Find("org_acme", "user_ben").Role = "org:guest" }, "the role has been changed since"},
		"promoted, as before":             {"user_ben", func(_ *chronicle, f *fake.Clerk) { f.Find("org_acme", "user_ben").Role = "org:member" }, "it is already as it was before run 1"},
		"promoted, and protected":         {"user_ben", func(c *chronicle, _ *fake.Clerk) { c.config.Protect = []string{"user_ben"} }, "protected (S19)"},
		"added":                           {"user_dan", func(*chronicle, *fake.Clerk) {}, ""},
		"added, left the directory since": {"user_dan", func(c *chronicle, _ *fake.Clerk) { leave(c, 3) }, ""},
		"added, of another owner now": {"user_dan", func(_ *chronicle, f *fake.Clerk) {
			f.Find("org_acme", "user_dan").Private = []byte(`{"rollcall":{"owner":"other","source":"x","id":"1"}}`)
		}, "the membership has been changed since"},
		"added, in an organization that is gone": {"user_dan", func(_ *chronicle, f *fake.Clerk) {
			f.Organizations, f.Members = []clerkapi.Organization{{ID: "org_new", Slug: "acme"}}, map[string][]clerkapi.Membership{}
		}, "the organization is gone, or could not be read"},
	} {
		t.Run(name, func(t *testing.T) {
			c, f := changed(t)
			c.apply()
			x.then(c, f)
			e := c.explained(x.who)
			if len(e.Past) != 1 {
				t.Fatalf("the past is %+v", e.Past)
			}
			p := e.Past[0]
			if p.Undoable != (x.why == "") || !strings.Contains(p.UndoText, x.why) || x.why == "" && p.UndoText != "" {
				t.Errorf("undoable %v: %q; want %q", p.Undoable, p.UndoText, x.why)
			}
			done := c.next(Run{Undo: []int64{1}, Only: x.who, Apply: true})
			if (len(done.Outcomes) > 0) != p.Undoable {
				t.Errorf("explain says %v, undo did %+v", p.Undoable, done.Outcomes)
			}
		})
	}
}

// leave takes a person out of the directory.
func leave(c *chronicle, i int) {
	p := &c.source().Snapshot.People[i]
	*p = source.Person{Origin: p.Origin, ID: "9", Email: "x@corp.example"}
}
