package serve

import (
	"strings"
	"testing"
	"time"
)

// clockRules are the rules of the time zones that the tests name, as the time
// zone database of 2025 has them. The tests do not ask the machine's database:
// a country that changes its rules would change what the tests expect.
var clockRules = map[string]string{
	"UTC":                 "UTC0",
	"Europe/Berlin":       "CET-1CEST,M3.5.0,M10.5.0/3",
	"America/New_York":    "EST5EDT,M3.2.0,M11.1.0",
	"America/Havana":      "CST5CDT,M3.2.0/0,M11.1.0/1",
	"Australia/Lord_Howe": "<+1030>-10:30<+11>-11,M10.1.0,M4.1.0",
	"Asia/Tokyo":          "JST-9",
}

// zone is a time zone made of its rule.
func zone(t testing.TB, name string) *time.Location {
	t.Helper()
	rule, ok := clockRules[name]
	if !ok {
		t.Fatalf("the tests have no rule for %s", name)
	}
	z, err := time.LoadLocationFromTZData(name, zoneFile(rule))
	if err != nil {
		t.Fatal(err)
	}
	return z
}

// zoneFile is a file of the time zone database, as RFC 9636 has it, which lists
// no change of the clocks and leaves all of them to the rule at its end.
func zoneFile(rule string) []byte {
	// Six numbers of four bytes: there is one type of local time, whose name
	// is four bytes long.
	counts := strings.Repeat("\x00", 4*4) + "\x00\x00\x00\x01" + "\x00\x00\x00\x04"
	localTime := "\x00\x00\x00\x00" + "\x00" + "\x00" + "LMT\x00" // offset, summer time, name
	block := "TZif2" + strings.Repeat("\x00", 15) + counts + localTime
	return []byte(block + block + "\n" + rule + "\n")
}

// The address of the page is one to which a path can be added, without a login.
func TestPublicURL(t *testing.T) {
	for text, want := range map[string]bool{
		"": true, "https://rollcall.corp.example": true, "http://127.0.0.1:4910/": true, "https://corp.example/rollcall/": true,
		"rollcall.corp.example": false, "ftp://corp.example": false, "https://": false, "https://eve:x@corp.example": false,
		"https://corp.example/?a": false, "https://corp.example/#a": false, "javascript:alert(1)": false, "https://corp.example/\n": false,
	} {
		c := DefaultConfig()
		c.PublicURL = text
		if err := c.Validate(); (err == nil) != want {
			t.Errorf("%q: %v", text, err)
		}
	}
}
