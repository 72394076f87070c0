package everyfault

import (
	"fmt"
	"os"
	"slices"
	"strings"
	stdsync "sync"
	"testing"
	"time"

	"rollcall/.ci/suite"
	"rollcall/source/ldap/ldaptest"
)

// Worlds with an LDAP server run in real time: the connection is one of the network, where
// fake time stands still. Their runs follow each other at once.

// directory is the LDAP server of a story, and what a run asks it.
type directory struct {
	*ldaptest.Fake
	mu     stdsync.Mutex
	asked  []string // of this run
	fault  *ldapFault
	struck int
}

// ldapFault is what the server does instead of one answer of a run, and of all later ones.
type ldapFault struct {
	name  string
	reply ldaptest.Fault
	// at is the number of the answer, from 1, and question what it answers.
	at       int
	question string
}

func (f *ldapFault) String() string {
	return fmt.Sprintf("answer %d (%s) is %s", f.at, f.question, f.name)
}

func (f *ldapFault) concern(w *world) concern {
	return concern{organization: w.fed["ldap"], effects: []effect{gain, loss, change}}
}

func (f *ldapFault) strike(s *story) {
	s.ldap.mu.Lock()
	defer s.ldap.mu.Unlock()
	s.ldap.fault = f
}

// replies are the faults of an answer.
var replies = []ldapFault{
	{name: "code 52, unavailable", reply: ldaptest.Fault{Code: 52}},
	{name: "code 32, no such object", reply: ldaptest.Fault{Code: 32}},
	{name: "code 4, size limit", reply: ldaptest.Fault{Code: 4}},
	{name: "code 3, time limit", reply: ldaptest.Fault{Code: 3}},
	{name: "code 50, access", reply: ldaptest.Fault{Code: 50}},
	{name: "a closed connection", reply: ldaptest.Fault{Drop: true}},
	{name: "no LDAP", reply: ldaptest.Fault{Garbage: true}},
	{name: "none", reply: ldaptest.Fault{Hang: true}},
}

// patience is how long a run waits for an answer that does not come.
const patience = 300 * time.Millisecond

// startDirectory starts the server of a story.
func (s *story) startDirectory() {
	s.t.Helper()
	s.ldap = &directory{Fake: ldaptest.StartFake(s.t, &ldaptest.Fake{Root: ldaptest.Entry{Attrs: map[string][]string{
		"namingContexts": {ldaptest.Suffix}, "supportedControl": {"1.2.840.113556.1.4.319"}}}})}
}

// beginRun begins to count what a run asks. It also hands the entries to the server's
// goroutines.
func (d *directory) beginRun() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.asked, d.fault = nil, nil
	d.SetFault(d.next)
}

// questions are what the run has asked so far.
func (d *directory) questions() []string {
	d.mu.Lock()
	defer d.mu.Unlock()
	return slices.Clone(d.asked)
}

// strikes is how many answers had a fault.
func (d *directory) strikes() int {
	if d == nil {
		return 0
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.struck
}

// next counts a question, and returns what happens to its answer. A run asks one after the
// other: it has one connection.
func (d *directory) next(op ldaptest.Op) ldaptest.Fault {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.asked = append(d.asked, strings.TrimSpace(op.Kind+" "+op.Base+" "+op.Filter))
	if f := d.fault; f != nil && len(d.asked) >= f.at {
		d.struck++
		return f.reply
	}
	return ldaptest.Fault{}
}

// fill gives the server the people of a step, in the groups of the world.
func (d *directory) fill(rows string, groups ...string) {
	members := map[string][]string{}
	d.Entries = nil
	for row := range strings.SplitSeq(strings.TrimSpace(rows), "\n") {
		x := strings.Fields(row)
		dn := "uid=" + x[1] + ",ou=people," + ldaptest.Suffix
		d.Entries = append(d.Entries, ldaptest.Entry{DN: dn, Attrs: map[string][]string{"objectClass": {"inetOrgPerson", "person"}, "entryUUID": {"id-" + x[0]},
			"uid": {x[1]}, "cn": {x[1]}, "sn": {x[1]}, "mail": {x[1] + "@corp.example"}}})
		for group := range strings.SplitSeq(x[2], ";") {
			members[group] = append(members[group], dn)
		}
	}
	for _, group := range groups {
		attrs := map[string][]string{"objectClass": {"groupOfNames"}, "cn": {group}}
		if len(members[group]) > 0 {
			attrs["member"] = members[group]
		}
		d.Entries = append(d.Entries, ldaptest.Entry{DN: "cn=" + group + ",ou=groups," + ldaptest.Suffix, Attrs: attrs})
	}
}

// ldapWorld has a server that feeds acme, and a file that feeds beta.
var ldapWorld = &world{name: "an LDAP server", users: "ada ben cy dee eve fay", ldap: []string{"staff", "chiefs"}, fed: map[string]string{"ldap": "acme"},
	sources: `[{name: hr, ldap: {urls: ["ldap://127.0.0.1:1"], tls: off, bind: anonymous, base_dn: "` + ldaptest.Suffix + `", connections: 1}},
  {name: crm, csv: {path: others.csv, settle: 0s, columns: {id: id, email: email, groups: {column: teams, separator: ";"}}}}]`,
	rules: `
  - {groups: [chiefs], source: hr, organization: acme, role: "org:admin", allow_empty: [chiefs]}
  - {groups: [staff], source: hr, organization: acme, role: "org:member", allow_empty: [staff]}
  - {groups: [sales], source: crm, organization: beta, role: "org:member", allow_empty: [sales]}`, steps: []step{
		{people: "1 ada staff\n2 ben staff\n3 cy chiefs\n7 gus other", others: "4 dee sales law\n5 eve sales law"},
		// ben leaves acme, cy is no chief any more, ada is one; eve leaves beta, fay joins it.
		{people: "1 ada chiefs\n3 cy staff\n7 gus other", others: "4 dee sales law\n6 fay sales law"},
	}}

// Each answer of a directory fails in each way. Nobody loses anything by it (S09), the
// organizations of the other source are finished in the same run (S14), and two runs later
// nothing is left of it.
func TestS14EveryFaultOfALDAPServer(t *testing.T) {
	t.Parallel()
	found, short, every := newTally(), suite.Short(t) || suite.Race, os.Getenv(Every) == "all" || os.Getenv(Cell) != ""
	c := recorded(t, ldapWorld)
	step := c.world.firstStep()
	var cells []*cell
	for i, question := range c.record.asked[step] {
		for k, f := range replies {
			// In turn, an answer has two of the faults.
			if f.reply.Code != 0 && question == "accept" {
				continue // nothing is answered yet
			}
			if f.at, f.question = i+1, question; every || (i+k)%4 == 0 {
				cells = append(cells, c.with(fault{step: step, source: &f}))
			}
		}
	}
	if len(c.record.asked[step]) < 5 {
		t.Fatalf("the run asks only %q", c.record.asked[step])
	}
	if short && !every {
		cells = spread(cells, inShort)
	}
	t.Run("cells", func(t *testing.T) {
		for _, c := range cells {
			if c.matches() {
				c.attempt(t, found, len(cells))
			}
		}
	})
	found.report(t)
}
