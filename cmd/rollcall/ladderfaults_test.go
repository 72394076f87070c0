package main

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	stdsync "sync"
	"testing"
	"testing/synctest"
	"time"

	"rollcall/.ci/suite"
	"rollcall/clerkapi"
	"rollcall/clerkapi/sandbox"
	"rollcall/sync/policy"
)

// ladderFaults are what may happen to a request of the leaver ladder or of its undo.
var ladderFaults = []struct {
	name  string
	fault sandbox.Fault
}{
	{"refused", sandbox.Fault{Status: 403, Code: "not_allowed_access"}},
	{"not found by a proxy", sandbox.Fault{Status: 404, Body: "<html>"}},
	{"a server fault each time", sandbox.Fault{Status: 500}},
	{"a server fault once", sandbox.Fault{Status: 503, Times: 1}},
	{"too many requests, once", sandbox.Fault{Status: 429, RetryAfter: 30, Times: 1}},
	{"lost before its effect, each time", sandbox.Fault{DropConnection: true}},
	{"lost before its effect, once", sandbox.Fault{DropConnection: true, Times: 1}},
	{"lost after its effect, each time", sandbox.Fault{DropAfterEffect: true}},
	{"lost after its effect, once", sandbox.Fault{DropAfterEffect: true, Times: 1}},
	{"an answer cut off", sandbox.Fault{CutAfterBytes: 9}},
	{"an answer that is no JSON", sandbox.Fault{Status: 200, Body: "<html>"}},
	{"slow", sandbox.Fault{Delay: sandbox.Duration(20 * time.Second)}},
	{"too slow", sandbox.Fault{Delay: sandbox.Duration(time.Hour)}},
}

// Whatever happens to a request of the ladder, or of the undo of it: nobody who stays loses
// anything, the two other leavers are done in the same run, and the next run does the rest
// (S32, S39).
func TestS32EveryFaultOfEachRequestOfTheLadder(t *testing.T) {
	for i := range ladderCodes {
		for j, x := range ladderFaults {
			if !suite.Part(t, i+j, 13) {
				continue
			}
			call := &ladderCodes[i]
			t.Run(call.column+" "+x.name, func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) { ladderFaultCell(t, call, x.fault) })
			})
		}
	}
	t.Logf("%d requests, %d faults: %d cells", len(ladderCodes), len(ladderFaults), len(ladderCodes)*len(ladderFaults))
}

func ladderFaultCell(t *testing.T, call *ladderCall, fault sandbox.Fault) {
	w := newLadderCodeWorld(t, call)
	defer func() { _ = w.db.Close() }()
	want, undo := w.before()
	fault.Method, fault.Path, fault.Query = call.fault.Method, call.fault.Path, call.fault.Query
	if err := w.server.SetFaults(fault); err != nil {
		t.Fatal(err)
	}
	_, err := w.try(undo...)
	for _, id := range codeStayers {
		if got := w.account(id); got != untouchedAccount {
			t.Errorf("the account of %s is %q", id, got)
		}
	}
	for _, id := range codeLeavers[1:] {
		if got := w.account(id); got != want && (err == nil || got != untouchedAccount) {
			t.Errorf("in the same run the account of %s is %q, want %q (%v)", id, got, want, err)
		}
	}
	if got := w.account("gone1"); call.column == "unban" && got == "closed member" {
		t.Error("a banned account got a membership (S08)")
	}
	if err := w.server.SetFaults(); err != nil {
		t.Fatal(err)
	}
	w.apply(undo...)
	for _, id := range codeLeavers {
		if got := w.account(id); got != want {
			t.Errorf("after the next run the account of %s is %q, want %q", id, got, want)
		}
	}
	if n := w.due(); n != 0 {
		t.Errorf("%d people are due", n)
	}
	w.server.ForgetRequests()
	w.apply(undo...)
	if n := len(w.server.Writes()); n > 0 {
		t.Errorf("the third run sends %d writes", n)
	}
}

// signingIn lets every leaver try to sign in before each request of a run.
type signingIn struct {
	http.RoundTripper
	one *stdsync.Mutex // requests are sent at the same time
	try func()
}

func (s signingIn) RoundTrip(r *http.Request) (*http.Response, error) {
	s.one.Lock()
	s.try()
	s.one.Unlock()
	return s.RoundTripper.RoundTrip(r)
}

// Within one run no active session of anybody who has left remains, although they sign in
// again and again meanwhile, and nobody else loses a session. The run sends no more than the
// computed minimum.
func TestNoSessionOfALeaverIsLeftWithinTheRun(t *testing.T) {
	for _, account := range []policy.AccountStep{policy.AccountLock, policy.AccountBan} {
		t.Run(string(account), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) { signInMeanwhile(t, account) })
		})
	}
}

func signInMeanwhile(t *testing.T, account policy.AccountStep) {
	w := newLadderCodeWorld(t, &ladderCall{account: account})
	defer func() { _ = w.db.Close() }()
	random := rand.New(rand.NewPCG(1, 2))
	let, refused := 0, 0
	transport := signingIn{w.server.RoundTripper(), new(stdsync.Mutex), func() {
		for _, id := range codeLeavers {
			if random.IntN(2) == 0 {
				continue
			}
			if _, err := w.server.SignIn(sandbox.SignIn{User: "user_" + id, Organization: "acme"}); err != nil {
				refused++
			} else {
				let++
			}
		}
	}}
	var err error
	if w.client, err = clerkapi.New(clerkapi.Config{SecretKey: clerkapi.NewSecret(w.server.SecretKey()), APIURL: "http://127.0.0.1"}, clerkapi.WithTransport(transport)); err != nil {
		t.Fatal(err)
	}
	w.write(codeStayers...)
	r := w.apply()
	for _, id := range codeLeavers {
		if got := w.account(id); got != "closed" {
			t.Errorf("the account of %s is %q", id, got)
		}
	}
	for _, id := range codeStayers {
		if got := w.account(id); got != untouchedAccount {
			t.Errorf("the account of %s is %q", id, got)
		}
	}
	sent, least := 0, 0
	var kinds []string
	for _, x := range r.Requests {
		sent, least = sent+x.Sent, least+x.Least
		kinds = append(kinds, fmt.Sprintf("%d %s", x.Sent, x.Kind))
	}
	if sent != least || let == 0 || refused == 0 {
		t.Errorf("sent %d, least %d; %d sign-ins, %d refused", sent, least, let, refused)
	}
	t.Logf("%s: %d leavers, %d sign-ins during the run, %d refused; no session left; %d requests, the minimum is %d: %v", account, len(codeLeavers), let, refused, sent, least, kinds)
}
