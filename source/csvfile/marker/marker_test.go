package marker

import (
	"strings"
	"testing"
)

func TestMatch(t *testing.T) {
	for _, tt := range []struct {
		marker, line string
		number       int
		ok           bool
	}{
		{"#end", "#end", -1, true},
		{"#end", "#end 1", 0, false},
		{"", "", 0, false},
		{"#end,", "#end,", -1, true},
		{"#end {rows}", "#end 12", 12, true},
		{"#end {rows}", "#end 012", 12, true},
		{"#end {rows}", "#end ", 0, false},
		{"#end {rows}", "#end -1", 0, false},
		{"#end {rows}", "#end 1,2", 0, false},
		{"#end {rows}", "#end 99999999999999999999", 0, false},
		{"#,end,{rows},x", "#,end,7,x", 7, true},
		{"#{rows} of {n}", "#7 of {n}", 7, true},
		{"##{rows}#", "##", 0, false},
	} {
		number, ok := New(tt.marker, ',').Match(strings.Split(tt.line, ","))
		if ok != tt.ok || ok && number != tt.number {
			t.Errorf("%q in %q: %d, %t", tt.line, tt.marker, number, ok)
		}
	}
}

func TestProblem(t *testing.T) {
	for line, want := range map[string]string{
		"": "", "#end": "", "#end {rows}": "", "# {rows} rows": "",
		"{rows}": "before {rows}", "{rows} rows": "before {rows}", "#{rows} {rows}": "once", "a\"b": "without quotes", " #": "spaces", "\xff": "one line",
	} {
		if got := Problem(line); (got == "") != (want == "") || !strings.Contains(got, want) {
			t.Errorf("%q: %q, want %q", line, got, want)
		}
	}
}
