package dates

import (
	"strings"
	"testing"
)

// A date that cannot be read names the formats that would read it, and does not
// repeat the cell.
func TestADateThatCannotBeReadNamesTheFormatsThatFit(t *testing.T) {
	for _, x := range []struct{ declared, cell, want string }{
		{"%d.%m.%Y", "1.2.2020", `(%d.%m.%Y); "%-d.%-m.%Y" matches this date and all the others`},
		{"%d.%m.%Y %H:%M", "1.2.2020 7:05", `; "%-d.%-m.%Y %H:%M" matches this date and all the others`},
		{"%d.%m.%Y", "2020-02-01", `(%d.%m.%Y): "%Y-%m-%d" would match`},
		{"", "1.2.2020", `set date_format: "%-d.%-m.%Y" would match`},
		{"", "1/2/2020", `: "%-m/%-d/%Y" or "%-d/%-m/%Y" would match`},
		{"", "13/2/2020", `: "%-d/%-m/%Y" would match`},
		{"", "soon", "set date_format"},
		{"%d.%m.%Y", "31.2.2020", "(%d.%m.%Y)"},
	} {
		_, err := NewReader("UTC", x.declared).Read(x.cell)
		if err == nil || !strings.HasSuffix(err.Error(), x.want) || strings.Contains(err.Error(), x.cell) {
			t.Errorf("%+v: %v", x, err)
		}
	}
	// What is proposed reads both.
	for _, cell := range []string{"1.2.2020", "01.02.2020", "31.12.9999"} {
		if _, err := NewReader("UTC", "%-d.%-m.%Y").Read(cell); err != nil {
			t.Errorf("%s: %v", cell, err)
		}
	}
}
