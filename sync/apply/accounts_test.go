package apply

import (
	"context"
	"errors"
	"testing"

	"rollcall/clerkapi"
	"rollcall/sync/internal/fake"
	"rollcall/sync/plan"
)

// stubborn answers as if each step were taken, and takes none.
type stubborn struct {
	*fake.Clerk
	other string // the user of the answers, if it is another one
}

func (s stubborn) answer(user string) (clerkapi.User, error) {
	if s.other != "" {
		user = s.other
	}
	return clerkapi.User{ID: user, Banned: s.other != "", Locked: s.other != ""}, nil
}

func (s stubborn) BanUser(_ context.Context, user string) (clerkapi.User, error) {
	return s.answer(user)
}

func (s stubborn) LockUser(_ context.Context, user string) (clerkapi.User, error) {
	return s.answer(user)
}

func (s stubborn) RevokeSession(_ context.Context, session string) (clerkapi.Session, error) {
	if s.other != "" {
		return clerkapi.Session{ID: "s2", Status: "revoked"}, nil
	}
	return clerkapi.Session{ID: session, Status: "active"}, nil
}

func (s stubborn) RevokeAPIKey(_ context.Context, key, _ string) (clerkapi.APIKey, error) {
	if s.other != "" {
		return clerkapi.APIKey{ID: "k2", Revoked: true}, nil
	}
	return clerkapi.APIKey{ID: key}, nil
}

// An answer that does not show the step is a failure, whatever its status, and so is one
// about another account, another session or another key.
func TestAStepIsDoneWhenTheAnswerShowsIt(t *testing.T) {
	f := fake.NewClerk("acme")
	f.User("user_ben", "ben@corp.example")
	f.Sessions["user_ben"], f.Keys["user_ben"] = []string{"s1"}, []string{"k1"}
	for _, other := range []string{"", "user_ann"} {
		r := &Sender{Clerk: stubborn{f, other}}
		for _, action := range []plan.Action{plan.Ban, plan.Lock, plan.EndSessions, plan.RevokeAPIKeys} {
			o := r.call(t.Context(), &plan.Change{Action: action, Organization: plan.Accounts, UserID: "user_ben"})
			if o.Result != Failed || o.Error == "" || o.Items != 0 {
				t.Errorf("%s, %q: %+v", action, other, o)
			}
		}
	}
	honest := &Sender{Clerk: f}
	for _, action := range []plan.Action{plan.Lock, plan.Unlock, plan.Ban, plan.Unban, plan.EndSessions, plan.RevokeAPIKeys} {
		if o := honest.call(t.Context(), &plan.Change{Action: action, Organization: plan.Accounts, UserID: "user_ben"}); o.Result != Done {
			t.Errorf("%s: %+v", action, o)
		}
		if done, gone, err := (accountSender{honest}).isChanged(t.Context(), &plan.Change{Action: action, UserID: "user_ben"}); err != nil || !done || gone {
			t.Errorf("%s: %t, %t, %v", action, done, gone, err)
		}
	}
	// An account that is gone is not opened. It is closed if Clerk also says that it is gone.
	for action, want := range map[plan.Action]bool{plan.Ban: true, plan.Lock: true, plan.Unban: false, plan.Unlock: false} {
		step := &plan.Change{Action: action, Organization: plan.Accounts, UserID: "user_gone"}
		if done, gone, err := (accountSender{honest}).isChanged(t.Context(), step); err != nil || done || gone != want {
			t.Errorf("%s of nobody: %t, %t, %v", action, done, gone, err)
		}
		for answer, result := range map[*clerkapi.Error]Result{
			{Status: 404, Code: "resource_not_found", Attempts: 1}: map[bool]Result{true: Done, false: Failed}[want],
			{Status: 500, Attempts: 3}:                             Failed,
		} {
			f.Faults[action.String()+" accounts user_gone"] = answer
			if o := honest.call(t.Context(), step); o.Result != result {
				t.Errorf("%s of nobody, after %d: %+v", action, answer.Status, o)
			}
		}
	}
	f.Faults["users_by_id * *"] = errors.New("no answer")
	if done, gone, err := (accountSender{honest}).isChanged(t.Context(), &plan.Change{Action: plan.Ban, UserID: "user_ben"}); err == nil || done || gone {
		t.Errorf("an answer that never came: %t, %t, %v", done, gone, err)
	}
}
