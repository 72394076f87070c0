package fields

import (
	"fmt"
	"strings"
	"unicode"

	"github.com/go-ldap/ldap/v3"

	"rollcall/source/internal/check"
)

// DN notes a value that is no DN.
func DN(p *check.Problems, path, dn string) {
	if _, err := ldap.ParseDN(dn); err != nil {
		p.Add(path, fmt.Sprintf("%q is not a valid DN: %v", dn, err))
	}
}

// BindName accepts what a server may bind by: a DN, and the two forms that
// Active Directory knows beside it (MS-ADTS section 5.1.1.1.1). A name without
// a domain is in none of them.
func BindName(p *check.Problems, path, name string) {
	account := func(cut string) bool {
		before, after, found := strings.Cut(name, cut)
		return found && before != "" && after != "" && !strings.ContainsAny(after, `@\`)
	}
	switch {
	case name == "":
		p.Add(path, "missing")
	case strings.ContainsFunc(name, unicode.IsControl):
		p.Add(path, fmt.Sprintf(`%q contains a control character: in double quotes, \ begins an escape, so write the name without quotes`, name))
	case strings.Contains(name, "="):
		DN(p, path, name)
	case !account("@") && !account(`\`):
		p.Add(path, fmt.Sprintf("%q is not a valid name for a bind: write a DN or, for Active Directory, user@domain or DOMAIN\\user", name))
	}
}

// Filter notes a filter that is none, or that is for another program.
func Filter(p *check.Problems, path, filter string) {
	if filter == "" {
		return
	}
	// GitLab, Jenkins and others put the name of whoever logs in there. Nobody does
	// here, so such a filter finds nobody, and everybody looks gone (S10).
	for _, placeholder := range []string{"%s", "%u", "{0}", "%{user}", "{username}"} {
		if strings.Contains(filter, placeholder) {
			p.Add(path, fmt.Sprintf("contains %s, where other programs put the name of the user who logs in: leave that part out, such as (uid=%s)", placeholder, placeholder))
			return
		}
	}
	if _, err := ldap.CompileFilter(filter); err != nil {
		p.Add(path, fmt.Sprintf("%q is not a valid filter: %v", filter, err))
	}
}
