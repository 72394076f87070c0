package pages

// Unique drops repeated rows in place; the first row of each id stays.
func Unique[T any](rows []T, id func(*T) string) []T {
	seen := make(map[string]struct{}, len(rows))
	kept := rows[:0]
	for i := range rows {
		key := id(&rows[i])
		if _, again := seen[key]; again {
			continue
		}
		seen[key] = struct{}{}
		kept = append(kept, rows[i])
	}
	return kept
}
