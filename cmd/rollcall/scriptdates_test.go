package main

import (
	"fmt"
	"os"
	"regexp"
	"strconv"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

// relative is a date in a file of a script: @{day}, @{day+3}, @{day-1}, or
// @{monday}; with a form behind it, as in @{day+3 filetime}.
var relative = regexp.MustCompile(`@\{(day|monday)([+-]\d+)?(?: (iso|filetime|generalized))?\}`)

// scriptDates writes today's dates into files, days of UTC: dates FILE...
func scriptDates(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) == 0 {
		ts.Fatalf("usage: dates FILE...")
	}
	for _, name := range args {
		text := relative.ReplaceAllStringFunc(ts.ReadFile(name), func(s string) string {
			m := relative.FindStringSubmatch(s)
			n, _ := strconv.Atoi(m[2]) // no number is 0
			return formDate(dayOf(m[1]).AddDate(0, 0, n), m[3])
		})
		ts.Check(os.WriteFile(ts.MkAbs(name), []byte(text), 0o600))
	}
}

// dayOf is the beginning of today, or of the next Monday, in UTC.
func dayOf(word string) time.Time {
	day := time.Now().UTC().Truncate(24 * time.Hour)
	if word == "monday" {
		day = day.AddDate(0, 0, 7-(int(day.Weekday())+6)%7)
	}
	return day
}

func formDate(at time.Time, form string) string {
	switch form {
	case "filetime":
		return fmt.Sprint((at.Unix() + 11_644_473_600) * 1e7)
	case "generalized":
		return at.Format("20060102150405Z")
	}
	return at.Format(time.DateOnly)
}
