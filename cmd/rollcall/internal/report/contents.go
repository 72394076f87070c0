package report

// contents are the organizations of a document in figures. A page shows the first
// ones, and the others when asked.
type contents struct{ First, Rest []entry }

// entry is one organization with its bar.
type entry struct {
	tableRow
	Pieces []piece
}

// openEntries is how many organizations a page shows at once.
const openEntries = 20

// newContents draws the bars of organizations.
func newContents(rows []tableRow) contents {
	longest := 0
	for i := range rows {
		longest = max(longest, rows[i].all())
	}
	var c contents
	for i, r := range rows {
		if i < openEntries {
			c.First = append(c.First, entry{r, pieces(longest, r.Add, r.Change, r.Remove, r.held)})
		} else {
			c.Rest = append(c.Rest, entry{tableRow: r})
		}
	}
	return c
}
