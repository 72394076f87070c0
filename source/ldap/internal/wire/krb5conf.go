package wire

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/jcmturner/gokrb5/v8/config"

	"rollcall/source/internal/panics"
)

// krb5Conf is the configuration of Kerberos on this machine.
type krb5Conf struct {
	*config.Config
	file string
	// included says that the file includes others, which the library does not read.
	included bool
}

// loadKrb5Conf reads the file. The library panics at a realm on one line and at
// a block inside a realm, drops a realm whose block does not end, and knows no
// line numbers. So each line is looked at first, and blocks inside a realm, of
// which the library uses none, are left out.
func loadKrb5Conf(file string) (*krb5Conf, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("read krb5_conf: %w", err)
	}
	reader := krb5Reader{file: file}
	for line := range strings.Lines(string(text)) {
		if err := reader.take(line); err != nil {
			return nil, err
		}
	}
	if err := reader.endSection(); err != nil {
		return nil, err
	}
	conf, err := parseKrb5(reader.kept.String())
	if err != nil {
		return nil, fmt.Errorf("read krb5_conf %s: %w", file, err)
	}
	return &krb5Conf{Config: conf, file: file, included: reader.included}, nil
}

// parseKrb5 has the library parse the text. What it does not support it says in
// an error beside the configuration.
func parseKrb5(text string) (conf *config.Config, err error) {
	defer panics.Recover(&err)
	conf, err = config.NewFromString(text)
	if _, ok := errors.AsType[config.UnsupportedDirective](err); ok {
		return conf, nil
	}
	return conf, err
}

// servesRealm says what is wrong when no KDC of the realm can be found.
func (c *krb5Conf) servesRealm(realm string) error {
	switch {
	case realm == "":
		return fmt.Errorf("read krb5_conf %s: it has no default_realm; set gssapi.realm", c.file)
	case c.LibDefaults.DNSLookupKDC,
		slices.ContainsFunc(c.Realms, func(r config.Realm) bool { return r.Realm == realm && len(r.KDC) > 0 }):
		return nil
	case c.included:
		return fmt.Errorf("read krb5_conf %s: it has no kdc for realm %s, and rollcall does not read the files that it includes; add the kdc here, or set gssapi.krb5_conf to another file", c.file, realm)
	}
	return fmt.Errorf("read krb5_conf %s: it has no kdc for realm %s, and dns_lookup_kdc is off; add the kdc", c.file, realm)
}

// krb5Reader looks at the lines of krb5.conf one by one.
type krb5Reader struct {
	file, section string
	line          int
	// begun are the lines where the open blocks begin.
	begun    []int
	kept     strings.Builder
	included bool
}

// take keeps a line for the library, or leaves it out, or says what is wrong.
func (r *krb5Reader) take(line string) error {
	r.line++
	if i := strings.IndexAny(line, "#;"); i >= 0 {
		line = line[:i]
	}
	line = strings.TrimSpace(line)
	switch {
	case line == "":
		return nil
	case line[0] == '[':
		return r.beginSection(line)
	case strings.HasPrefix(line, "include ") || strings.HasPrefix(line, "includedir "):
		r.included = true
		return nil
	case r.section == "[realms]":
		return r.takeRealm(line)
	case (r.section == "[libdefaults]" || r.section == "[domain_realm]") && !strings.Contains(line, "="):
		return r.fault("%q is not in the form key = value", line)
	}
	r.kept.WriteString(line + "\n")
	return nil
}

func (r *krb5Reader) beginSection(line string) error {
	if err := r.endSection(); err != nil {
		return err
	}
	r.section = line
	r.kept.WriteString(line + "\n")
	return nil
}

// endSection finds a block that does not end.
func (r *krb5Reader) endSection() error {
	if len(r.begun) == 0 {
		return nil
	}
	r.line = r.begun[0]
	return r.fault("the block that begins here has no closing }")
}

// takeRealm reads a line of [realms]: the begin or end of a block, or a key.
func (r *krb5Reader) takeRealm(line string) error {
	inside := len(r.begun) > 1
	before, after, opens := strings.Cut(line, "{")
	switch {
	case opens && (strings.TrimSpace(after) != "" || strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(before), "=")) == "" || !strings.Contains(before, "=")):
		return r.fault("%q: a block must begin with NAME = { and nothing after it, and each key must be on its own line", line)
	case opens:
		r.begun = append(r.begun, r.line)
		inside = len(r.begun) > 1
	case line == "}" && len(r.begun) == 0:
		return r.fault("} without a block to close")
	case line == "}":
		r.begun = r.begun[:len(r.begun)-1]
	case strings.Contains(line, "}"):
		return r.fault("%q: the } of a block must be on its own line", line)
	case !strings.Contains(line, "="):
		return r.fault("%q is not in the form key = value", line)
	case len(r.begun) == 0:
		return r.fault("%q is outside the block of a realm", line)
	}
	if !inside {
		r.kept.WriteString(line + "\n")
	}
	return nil
}

func (r *krb5Reader) fault(format string, args ...any) error {
	return fmt.Errorf("read krb5_conf %s:%d: "+format, append([]any{r.file, r.line}, args...)...)
}
