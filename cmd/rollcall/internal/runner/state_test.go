package runner

import "testing"

// Clerk's own address has the directory of always; each other address has one of
// its own (S41). What an admin names is taken as it is.
func TestS41DefaultStateDirectoryOfEachAddress(t *testing.T) {
	home := func(name string) (string, bool) { return map[string]string{"HOME": "/home/a"}[name], name == "HOME" }
	for apiURL, want := range map[string]string{
		"": "/home/a/.local/state/rollcall", "https://api.clerk.com": "/home/a/.local/state/rollcall", "https://API.clerk.com/v1": "/home/a/.local/state/rollcall",
		"http://127.0.0.1:4900": "/home/a/.local/state/rollcall-127.0.0.1-4900", "http://127.0.0.1:4901": "/home/a/.local/state/rollcall-127.0.0.1-4901",
		"http://[::1]:4900": "/home/a/.local/state/rollcall----1--4900", "https://proxy.corp.example/../x": "/home/a/.local/state/rollcall-proxy.corp.example",
	} {
		if got, err := StateDirectory("", "", apiURL, home); err != nil || got != (Place{want, true}) {
			t.Errorf("%s: %v, %v; want %s", apiURL, got, err, want)
		}
		for _, named := range [][2]string{{"/var/a", ""}, {"", "/var/a"}} {
			if got, err := StateDirectory(named[0], named[1], apiURL, home); err != nil || got != (Place{"/var/a", false}) {
				t.Errorf("%s with %q: %v, %v", apiURL, named, got, err)
			}
		}
	}
}
