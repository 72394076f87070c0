package facts

import (
	"fmt"
	"strings"
)

// Count is a number with its noun: "1 group", "2 groups", "3 people".
func Count(n int, noun string) string {
	switch {
	case n == 1:
		return "1 " + noun
	case noun == "person":
		return Number(n) + " people"
	}
	if s, ok := strings.CutSuffix(noun, "y"); ok && !strings.HasSuffix(noun, "ey") {
		noun = s + "ie"
	}
	return Number(n) + " " + noun + "s"
}

// Number is a number with separators between thousands: 48,922.
func Number(n int) string {
	s := fmt.Sprint(n)
	for i := len(s) - 3; i > 0 && s[i-1] != '-'; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}
