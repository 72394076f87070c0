package sandbox

// Operations are "METHOD /pattern" of everything that is served.
func Operations() []string {
	var all []string
	for _, r := range operations() {
		all = append(all, r.kind())
	}
	return all
}
