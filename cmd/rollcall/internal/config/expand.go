package config

import (
	"fmt"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

var variable = regexp.MustCompile(`\$\{([^}]*)\}?`)

var variableName = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)

// kerberosFiles name files as Kerberos calls them.
var kerberosFiles = []string{"keytab", "ccache", "krb5_conf"}

// expander resolves the values that may hold ${NAME} (S36): files and
// addresses, whose place differs from machine to machine. Everywhere else a
// dollar sign is a dollar sign, so that no environment can change a rule.
type expander struct {
	lookup func(string) (string, bool)
	// dir is where relative file names start: beside the configuration, since
	// a service's working directory is seldom where an admin thinks.
	dir string
}

func (e expander) expand(key, value string) (string, error) {
	file := key == "path" || strings.HasSuffix(key, "_file") || slices.Contains(kerberosFiles, key)
	if !file && key != "url" && key != "urls" && key != "api_url" && key != "checksum_url" {
		return value, nil
	}
	value, err := e.variables(value)
	if err != nil || !file {
		return value, err
	}
	if value == "" || value == "-" || filepath.IsAbs(value) || e.dir == "." {
		return value, nil
	}
	return filepath.Join(e.dir, value), nil
}

func (e expander) variables(value string) (string, error) {
	var problem error
	expanded := variable.ReplaceAllStringFunc(value, func(found string) string {
		name := strings.TrimSuffix(strings.TrimPrefix(found, "${"), "}")
		if !strings.HasSuffix(found, "}") || !variableName.MatchString(name) {
			problem = fmt.Errorf("%q is not a reference to an environment variable: write ${NAME}", found)
			return found
		}
		content, ok := e.lookup(name)
		if !ok {
			problem = &unsetError{name}
		}
		return content
	})
	return expanded, problem
}
