package exceptions

import (
	"regexp"
	"time"

	"rollcall/cmd/rollcall/internal/approve"
	"rollcall/cmd/rollcall/internal/runner"
	"rollcall/sync/exception"
)

// roleKey is the form of a role's key in Clerk.
var roleKey = regexp.MustCompile(`^org:[a-z0-9_-]+$`)

// Check judges a command line before anything is opened, and fills in the end. sure says
// that somebody can be asked, or need not be.
func Check(e *exception.Exception, until string, sure bool) error {
	if e.Kind == exception.Grant && !roleKey.MatchString(e.Role) {
		return usage("grant: %q is not the key of a role: write one such as org:member", e.Role)
	}
	if err := approve.CheckReason(e.Reason); err != nil {
		return err
	}
	var err error
	if e.Ends, err = exception.ParseEnd(until, time.Now()); err != nil {
		return usage("--until: %q %w", until, err)
	}
	if !sure {
		return usage("%s asks before it keeps anything; without a terminal, use --yes", e.Kind)
	}
	return nil
}

// StateOf is the state directory, without which no exception can be kept.
func StateOf(s *runner.Session, kind exception.Kind) (string, error) {
	dir, err := s.State()
	if err == nil && dir == "" {
		err = usage("%s: exceptions are kept in the state directory, but there is none with state: none; set one with --state", kind)
	}
	return dir, err
}
