package config

import (
	"errors"
	"fmt"
	"os/exec"
	"slices"
)

// asService is what the packages install: it runs a command with the secrets of the
// service. The directory is in the path of root only.
const asService = "rollcall-as-service"

// ServiceAdvice replaces an error that only says that systemd has given no secrets:
// somebody has typed a command beside the service of a package. words are the command
// that gives it the same configuration.
func ServiceAdvice(err error, file, words string) error {
	if !isUnset(err, "CREDENTIALS_DIRECTORY") || !installed("/usr/sbin/"+asService) && !installed(asService) {
		return err
	}
	return fmt.Errorf("%s gets its secrets from systemd, so this command cannot read them; as root, run %s %s", file, asService, words)
}

func installed(program string) bool {
	_, err := exec.LookPath(program)
	return err == nil
}

// isUnset reports whether all problems are that this environment variable is not set.
func isUnset(err error, variable string) bool {
	problems, ok := errors.AsType[Problems](err)
	return ok && !slices.ContainsFunc(problems, func(p *Problem) bool { return p.Unset != variable })
}

// unsetError says that a value refers to an environment variable that is not set (S36).
type unsetError struct{ variable string }

// Error names the variable.
func (e *unsetError) Error() string {
	return fmt.Sprintf("environment variable %s is not set", e.variable)
}
