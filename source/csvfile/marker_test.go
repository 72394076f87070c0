package csvfile

import (
	"path/filepath"
	"strings"
	"testing"

	"rollcall/source"
)

// An end marker that counts proves that no row is missing: with another number the
// file is not read (S09).
func TestS09EndMarkerCountsTheRows(t *testing.T) {
	const head, ada, ben = "id,email,groups,status\n", "1,ada@corp.example,a,active\n", "2,ben@corp.example,b,left\n"
	const wrong = "people.csv:3:1: the end marker counts 2 rows, and the file has 1: rows are missing, or come twice"
	for name, tt := range map[string]struct {
		text   string
		change func(*Config)
		damage string
		holds  bool
	}{
		"the number fits":                {text: head + ada + ben + "#end 2\n"},
		"leading zeros":                  {text: head + ada + ben + "#end 002\n"},
		"rows that where leaves out":     {text: head + ada + ben + "#end 2\n", change: func(c *Config) { c.Where = map[string][]string{"status": {"active"}} }},
		"empty rows and comments do not": {text: head + ada + "! note\n" + ben + ",,,\n#end 2\n", change: func(c *Config) { c.Comment = "!" }},
		"text behind the number":         {text: head + ada + ben + "#2 rows\n", change: func(c *Config) { c.EndMarker = "#{rows} rows" }},
		"delimiters in the marker":       {text: head + ada + ben + "#,end,2,x\n", change: func(c *Config) { c.EndMarker = "#,end,{rows},x" }},
		"a row of several lines is one":  {text: head + ada + "2,ben@corp.example,\"b\nc\",left\n#end 2\n"},
		"a row is missing":               {text: head + ada + "#end 2\n", damage: wrong},
		"a row comes twice":              {text: head + ada + ada + ben + "#end 2\n", damage: "people.csv:5:1: the end marker counts 2 rows, and the file has 3"},
		"a number beyond all":            {text: head + ada + "#end 99999999999999999999\n", damage: "people.csv:3:1: id: row ends here after 1 cell"},
		"no number":                      {text: head + ada + "#end \n", damage: "people.csv:3:1: id: row ends here after 1 cell"},
		"not digits alone":               {text: head + ada + "#end +1\n", damage: "people.csv:3:1: id: row ends here after 1 cell"},
		"the marker is missing":          {text: head + ada + ben, holds: true},
	} {
		t.Run(name, func(t *testing.T) {
			c := Config{Path: writeFile(t, filepath.Join(t.TempDir(), "people.csv"), tt.text), Columns: peopleForm(), EndMarker: "#end {rows}"}
			if tt.change != nil {
				tt.change(&c)
			}
			snap, err := openCSV(t, c).Read(t.Context(), source.Request{})
			if tt.damage != "" {
				if lines := told(t, snap, err, filepath.Dir(c.Path)); !strings.HasPrefix(lines[0], tt.damage) {
					t.Errorf("got %q, want %q", lines, tt.damage)
				}
				return
			}
			must(t, err)
			if held := len(snap.NoRemovals) > 0; held != tt.holds {
				t.Errorf("removals wait %t, want %t: %q", held, tt.holds, snap.NoRemovals)
			}
		})
	}
}
