package quotes

import "testing"

func TestS09RowsInACellAreFound(t *testing.T) {
	for name, c := range map[string]struct {
		cell                 string
		column, width, email int
		want                 bool
	}{
		"two rows":                        {"Bob,bob@corp.example,staff\n6,Al", 1, 4, 2, true},
		"four rows":                       {"Bob,bob@corp.example,staff\n6,Eve,eve@corp.example,ops\n7,Fay,fay@corp.example,\n8,Al", 1, 4, 2, true},
		"the address stands before":       {"Bob,staff\n6,al@corp.example,Al", 2, 4, 1, true},
		"the last column":                 {"staff\n6,al@corp.example,Al,ops", 3, 4, 1, true},
		"the first column":                {"5,Bob,bob@corp.example,staff\n6", 0, 4, 2, true},
		"a row without an address":        {"Bob,bob@corp.example,staff\n6,Eve,,ops\n8,Al", 1, 4, 2, true},
		"commas and no address":           {"Bob,,staff\n6,Al", 1, 4, 2, false},
		"a street and a town":             {"High Street 1\nVienna", 1, 4, 2, false},
		"a street, a town and a country":  {"High Street 1, door 2, left\nVienna, Austria", 1, 4, 2, false},
		"several groups":                  {"staff\nops\nsales", 3, 4, 1, false},
		"one line":                        {"Bob,bob@corp.example,staff", 1, 4, 2, false},
		"an address in text":              {"write to, bob@corp.example\nor call", 1, 4, 2, false},
		"one row is too short":            {"Bob,bob@corp.example,staff\n6,Eve\n8,Al", 1, 4, 2, false},
		"a newline at the end of a cell":  {"Bob\n", 1, 4, 2, false},
		"a file without an email column":  {"Bob,staff\n6,Al", 1, 3, -1, false},
		"the last row ends with its line": {"staff\n", 3, 4, 1, false},
	} {
		if got := Swallowed(c.cell, c.column, c.width, c.email, ','); got != c.want {
			t.Errorf("%s: %t", name, got)
		}
	}
}
