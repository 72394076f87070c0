package runner

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"rollcall/.ci/suite"
)

const stranger = 65533

// A state directory of root's is taken only if nobody else can put another one in
// its place: each link and each directory on the way is root's (S34).
func TestS34TheWayToRootsDirectoryIsRoots(t *testing.T) {
	if os.Geteuid() != 0 {
		suite.Skip(t, "root", "only root can give files away")
	}
	for name, x := range map[string]struct {
		prepare func(base string) error // base/deep/state is root's
		state   string
		foreign string
	}{
		"root's":                       {nil, "deep/state", ""},
		"root's link":                  {func(b string) error { return os.Symlink("deep", filepath.Join(b, "l")) }, "l/state", ""},
		"not there":                    {nil, "deep/new/state", ""},
		"below a file":                 {func(b string) error { return os.WriteFile(filepath.Join(b, "f"), nil, 0o600) }, "f/state", ""},
		"a stranger's link to it":      {func(b string) error { return link(b, "deep/state", "l") }, "l", "l"},
		"a stranger's link on the way": {func(b string) error { return link(b, filepath.Join(b, "deep"), "l") }, "l/state", "l"},
		"root's link to a stranger's": {func(b string) error {
			return errors.Join(link(b, "deep", "l"), os.Symlink("l/state", filepath.Join(b, "own")))
		}, "own", "l"},
		"below a stranger's directory": {func(b string) error { return os.Chown(filepath.Join(b, "deep"), stranger, stranger) }, "deep/state", "deep"},
		"back out of a stranger's": {func(b string) error {
			return errors.Join(os.Mkdir(filepath.Join(b, "s"), 0o755), os.Chown(filepath.Join(b, "s"), stranger, stranger), os.Symlink("s/../deep/state", filepath.Join(b, "l")))
		}, "l", "s"},
		"a link in a circle, of root's": {func(b string) error { return os.Symlink("l", filepath.Join(b, "l")) }, "l", "-"},
	} {
		base := t.TempDir()
		if err := os.MkdirAll(filepath.Join(base, "deep/state"), 0o755); err != nil {
			t.Fatal(err)
		}
		if x.prepare != nil {
			if err := x.prepare(base); err != nil {
				t.Fatal(err)
			}
		}
		err := refuseOthersWay(filepath.Join(base, x.state))
		switch {
		case x.foreign == "-":
			if err == nil || !strings.Contains(err.Error(), "too many levels") {
				t.Errorf("%s: %v", name, err)
			}
		case (err == nil) != (x.foreign == ""), err != nil && !strings.Contains(err.Error(), "but "+filepath.Join(base, x.foreign)+" in its path belongs to user 65533"):
			t.Errorf("%s: %v", name, err)
		}
	}
}

// link makes a stranger's link.
func link(base, target, name string) error {
	return errors.Join(os.Symlink(target, filepath.Join(base, name)), os.Lchown(filepath.Join(base, name), stranger, stranger))
}
