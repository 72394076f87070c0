package dates

import (
	"strconv"
	"strings"
	"time"
)

// forms are date formats that people write. Those with %-d and %-m also read dates
// with leading zeros.
var forms = []string{"%Y-%m-%d", "%-d.%-m.%Y", "%-m/%-d/%Y", "%-d/%-m/%Y", "%Y/%-m/%-d", "%-d-%-m-%Y", "%-d %b %Y", "%Y%m%d"}

// withoutZeros is a format that reads what the other reads, and dates without
// leading zeros too.
var withoutZeros = strings.NewReplacer("%d", "%-d", "%m", "%-m")

// proposal names the formats that fit a date that could not be read; empty if none
// does. The date itself is not repeated: a cell may hold anything (S43).
func proposal(s string, declared []string) string {
	for _, format := range declared {
		if relaxed := withoutZeros.Replace(format); fits(relaxed, s) {
			return "; " + strconv.Quote(relaxed) + " matches this date and all the others" + inPlaceOf(format, declared)
		}
	}
	var fitting []string
	for _, form := range forms {
		if fits(form, s) {
			fitting = append(fitting, strconv.Quote(form))
		}
	}
	if len(fitting) == 0 {
		return ""
	}
	return ": " + strings.Join(fitting, " or ") + " would match"
}

// inPlaceOf names a format of several.
func inPlaceOf(format string, declared []string) string {
	if len(declared) == 1 {
		return ""
	}
	return " of " + strconv.Quote(format)
}

func fits(format, s string) bool {
	_, ok := parseForm(format, s)
	return ok
}

// parseForm reads a date in a format, in any zone.
func parseForm(format, s string) (time.Time, bool) {
	layout, err := parseDateFormat(format)
	if err != nil {
		return time.Time{}, false
	}
	at, err := time.Parse(layout.text, s)
	return at, err == nil
}
