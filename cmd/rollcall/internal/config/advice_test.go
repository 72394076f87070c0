package config

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"rollcall/clerkapi"
)

func TestAdviseNamesWhatToLookAt(t *testing.T) {
	at := PlacesOf(clerkapi.Config{SecretKeyFile: "/etc/key"})
	for _, x := range []struct {
		err     error
		advice  string // empty: the error stays as it is
		refused bool
	}{
		{&clerkapi.Error{Status: 401}, "look at the key that the file /etc/key holds", true},
		{&clerkapi.Error{Status: 403, Code: "authorization_missing_scopes"}, "look at the key that the file /etc/key holds", true},
		{&clerkapi.Error{}, "look at the network, and at clerk.api_url (https://api.clerk.com)", false},
		{&clerkapi.Error{Status: 503}, "the fault is Clerk's or of something on the way to clerk.api_url (https://api.clerk.com); run again later", false},
		{&clerkapi.Error{Status: 404}, "", false},
		{&clerkapi.Error{Status: 429}, "", false},
		{fmt.Errorf("%w: %w", context.Canceled, &clerkapi.Error{}), "", false},
		{errors.New("no key"), "", true},
	} {
		got := Advise(x.err, at)
		if !errors.Is(got, x.err) || x.advice == "" && got.Error() != x.err.Error() || !strings.Contains(got.Error(), x.advice) {
			t.Errorf("%v became %v, want %q", x.err, got, x.advice)
		}
		if KeyRefused(x.err) != x.refused {
			t.Errorf("%v: the key is refused: %t", x.err, !x.refused)
		}
	}
	if got := PlacesOf(clerkapi.Config{SecretKeyEnv: "KEY", APIURL: "http://127.0.0.1:1"}); got != (Places{"the variable KEY", "clerk.api_url (http://127.0.0.1:1)"}) {
		t.Errorf("got %v", got)
	}
}
