package plan

import (
	"fmt"
)

// Count writes a number with its noun: "1 member", "3 members".
func Count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

// People writes a number of people: "1 person", "3 people".
func People(n int) string {
	if n == 1 {
		return "1 person"
	}
	return fmt.Sprintf("%d people", n)
}

// FullName joins a first and a last name. Either may be empty.
func FullName(first, last string) string {
	if first == "" || last == "" {
		return first + last
	}
	return first + " " + last
}

// InParentheses is how a sentence cites a rule.
func InParentheses(rule string) string { return " (" + rule + ")" }
