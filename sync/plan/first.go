package plan

// KeepFirst makes a function that selects the first changes and whoever becomes admin
// (S43), and counts the others in more.
func KeepFirst(most int, more *int) func(*Change) bool {
	kept := 0
	return func(c *Change) bool {
		if kept >= most && c.Admin != AdminGained {
			*more++
			return false
		}
		kept++
		return true
	}
}
