package spreadsheet

import "testing"

func TestIsError(t *testing.T) {
	for text, want := range map[string]bool{
		"#N/A": true, "#NV": true, "#BEZUG!": true, "Err:502": true, "#####": true,
		"": false, "#": false, "##": false, "N/A": false, "#staff": false, "Err:50": false, "Err:5x2": false, "#n/a": false,
	} {
		if got := IsError(text); got != want {
			t.Errorf("%q: %t", text, got)
		}
	}
}
