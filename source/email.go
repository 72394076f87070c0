package source

// FoldEmail is the one place where addresses are folded (S05).
func FoldEmail(s string) (string, error) { return s, nil }
