package approve

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode"

	"rollcall/cmd/rollcall/internal/runner"
)

// errNoReason says that no reason was given.
var errNoReason = errors.New("say why with --reason TEXT: it is kept in the history")

// IsMissing reports whether CheckReason refused a reason because there was none.
func IsMissing(err error) bool { return errors.Is(err, errNoReason) }

// CheckReason refuses an empty reason, and one that was copied from the example of
// a command: the history keeps it.
func CheckReason(reason string) error {
	reason = strings.Trim(strings.TrimSpace(reason), `"'<>`)
	switch {
	case reason == "":
		return runner.UsageError{Err: errNoReason}
	case slices.Contains([]string{"WHY", "TEXT", "REASON"}, strings.ToUpper(reason)), !strings.ContainsFunc(reason, isLetterOrDigit):
		return runner.UsageError{Err: fmt.Errorf("%q is not a reason: say why, in your own words; it is kept in the history", reason)}
	}
	return nil
}

func isLetterOrDigit(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }
