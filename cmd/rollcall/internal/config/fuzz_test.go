package config

import (
	"strings"
	"testing"
)

// FuzzExpand: only keys of files, paths and addresses take variables (S36), what
// is set stands where it was named, and nothing of a value is read again.
func FuzzExpand(f *testing.F) {
	for _, s := range [][3]string{{"path", "${HOME}/x", "a"}, {"secret_key_file", "$HOME", "${HOME}"}, {"url", "${HOME", "b"}, {"role", "${HOME}", "c"}, {"path", "$${HOME}", ""}, {"path", "${}", "d"}} {
		f.Add(s[0], s[1], s[2])
	}
	f.Fuzz(func(t *testing.T, key, value, home string) {
		set := expander{func(name string) (string, bool) { return home, name == "HOME" }, "."}
		got, err := set.expand(key, value)
		if err != nil {
			if strings.Contains(err.Error(), home) && len(home) > 8 && !strings.Contains(value, home) && !strings.Contains(key, home) {
				t.Fatalf("%q: the error %q shows what is set", value, err)
			}
			return
		}
		takes := key == "path" || key == "url" || key == "urls" || key == "api_url" || key == "keytab" || key == "ccache" || key == "krb5_conf" || strings.HasSuffix(key, "_file")
		switch {
		case !takes && got != value, !strings.Contains(value, "$") && got != value:
			t.Fatalf("%s: %q became %q", key, value, got)
		case takes && value == "a${HOME}b" && got != "a"+home+"b":
			t.Fatalf("%s: %q became %q", key, value, got)
		case takes && !strings.Contains(strings.Replace(value, "${HOME}", "", 1), "$") && got != strings.Replace(value, "${HOME}", home, 1):
			t.Fatalf("%s: %q with %q became %q", key, value, home, got)
		}
	})
}
