package config

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"rollcall/clerkapi"
)

// An error of Clerk says which instance was asked (S41), and what to look at.
func TestS41AdviseNamesTheInstanceAndWhatToLookAt(t *testing.T) {
	at := PlacesOf(clerkapi.Config{SecretKeyFile: "/etc/key", SecretKey: clerkapi.NewSecret("sk_live_x")})
	at.Instance.ID = "ins_1"
	for _, x := range []struct {
		err     error
		advice  string // empty: nothing is added but the instance
		refused bool
	}{
		{&clerkapi.Error{Status: 401}, "check the key in the file /etc/key:", true},
		{&clerkapi.Error{Status: 403, Code: "authorization_missing_scopes"}, "check the key in the file /etc/key:", true},
		{&clerkapi.Error{}, "check the network, and clerk.api_url (https://api.clerk.com)", false},
		{&clerkapi.Error{Status: 503}, "Clerk or a proxy on the way to clerk.api_url (https://api.clerk.com) has a problem: run again later", false},
		{&clerkapi.Error{Status: 404}, "", false},
		{&clerkapi.Error{Status: 429}, "", false},
		{errors.Join(&clerkapi.Error{}, clerkapi.ErrTooManyRequests), "", false},
		{fmt.Errorf("%w: %w", context.Canceled, &clerkapi.Error{}), "", false},
		{errors.New("no key"), "", true},
	} {
		got := Advise(x.err, at)
		want := x.err.Error()
		if _, call := errors.AsType[*clerkapi.Error](x.err); call && !errors.Is(x.err, context.Canceled) {
			want += " (production instance ins_1)"
		}
		if !errors.Is(got, x.err) || !strings.HasPrefix(got.Error(), want) || x.advice == "" && got.Error() != want || !strings.Contains(got.Error(), x.advice) {
			t.Errorf("%v became %v, want %q", x.err, got, x.advice)
		}
		if KeyRefused(x.err) != x.refused {
			t.Errorf("%v: the key is refused: %t", x.err, !x.refused)
		}
	}
	if got := PlacesOf(clerkapi.Config{SecretKeyEnv: "KEY", APIURL: "http://127.0.0.1:1"}); got != (Places{"the variable KEY", "clerk.api_url (http://127.0.0.1:1)", clerkapi.Instance{Address: "127.0.0.1:1"}}) {
		t.Errorf("got %v", got)
	}
	if got := InstanceOf(clerkapi.Config{SecretKey: clerkapi.NewSecret("sk_test_x"), APIURL: "https://Proxy.corp.example/v1"}).String(); got != "development instance at proxy.corp.example" {
		t.Errorf("got %s", got)
	}
}
