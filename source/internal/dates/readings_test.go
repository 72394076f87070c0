package dates

import (
	"errors"
	"strings"
	"testing"
	"time"
)

// All ways to read some dates are found: one where a date decides, several where none
// does, and none where the dates contradict one another. Each reads what it promises (S28).
func TestS28ReadingsOfDates(t *testing.T) {
	for dates, want := range map[string]string{
		"2026-12-31 2026-01-02":            "",
		"2026-12-31T17:00:00Z 2026-01-02":  "",
		"31.12.2026 01.02.2026 1.2.2026":   "%-d.%-m.%Y",
		"31/12/2026 03/04/2026":            "%-d/%-m/%Y",
		"12/31/2026 03/04/2026":            "%-m/%-d/%Y",
		"03/04/2026 05/06/2026":            "%-m/%-d/%Y or %-d/%-m/%Y",
		"03-04-2026":                       "%-d-%-m-%Y or %-m-%-d-%Y",
		"04/04/2026 05/05/2026":            "%-m/%-d/%Y or %-d/%-m/%Y",
		"31.12.2026 2026-12-31":            "%Y-%m-%d,%-d.%-m.%Y",
		"31.12.2026 03/04/2026":            "%-d.%-m.%Y,%-m/%-d/%Y or %-d.%-m.%Y,%-d/%-m/%Y",
		"31/12/2026 12/31/2026 03/04/2026": "none",
		"31/12/2026 12/31/2026":            "%-m/%-d/%Y,%-d/%-m/%Y",
		"31.12.2026 soon":                  "none but 1",
		"01.04.24":                         "none but 0",
		"31.12.9999 01.01.1900":            "%-d.%-m.%Y",
	} {
		texts := strings.Fields(dates)
		readings, unread := Readings(texts)
		var got []string
		for _, r := range readings {
			got = append(got, strings.Join(r.Formats, ","))
			reader := NewReader("UTC", r.Formats...)
			for _, text := range texts {
				if m, err := reader.Read(text); err != nil && !errors.Is(err, errPlaceholder) || text == r.Example && !m.At.Equal(r.At) {
					t.Errorf("%s with %v is %v, %v; promised %v", text, r.Formats, m.At, err, r.At)
				}
			}
		}
		text := strings.Join(got, " or ")
		if len(readings) == 0 {
			text = "none"
		}
		for _, i := range unread {
			text += " but " + string(rune('0'+i))
		}
		if text != want {
			t.Errorf("%s: got %q, want %q", dates, text, want)
		}
	}
}

// The example tells the readings apart, wherever it stands.
func TestReadingsShowADateThatDiffers(t *testing.T) {
	readings, _ := Readings([]string{"04/04/2026", "03/04/2026"})
	if len(readings) != 2 || readings[0].Example != "03/04/2026" || readings[0].At.Month() != time.March || readings[1].At.Month() != time.April {
		t.Errorf("%+v", readings)
	}
}
