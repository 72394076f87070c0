package runner

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	"rollcall/clerkapi"
	"rollcall/source/platform"
)

// dirMode keeps the content of a state directory from other users.
const dirMode os.FileMode = 0o700

// StateDirectory is where lock and history are kept: what the flag --state
// says, then the configuration, then systemd, then the user's own place, which is
// the default. The default is another one for each address of Clerk, so that a
// sandbox and the real instance never share it (S41).
func StateDirectory(flag, configured, apiURL string, lookup func(string) (string, bool)) (Place, error) {
	fromSystemd, _ := lookup("STATE_DIRECTORY")
	for _, dir := range []string{flag, configured, firstOf(fromSystemd)} {
		switch dir {
		case "":
			continue
		case "none":
			return Place{}, nil
		}
		return Place{Dir: dir}, nil
	}
	if home, _ := lookup("XDG_STATE_HOME"); filepath.IsAbs(home) {
		return Place{filepath.Join(home, "rollcall"+addressSuffix(apiURL)), true}, nil
	}
	if home, _ := lookup("HOME"); filepath.IsAbs(home) {
		return Place{filepath.Join(home, ".local", "state", "rollcall"+addressSuffix(apiURL)), true}, nil
	}
	if home, _ := lookup("LOCALAPPDATA"); filepath.IsAbs(home) { // Windows
		return Place{filepath.Join(home, "rollcall"+addressSuffix(apiURL)), true}, nil
	}
	return Place{}, UsageError{Err: errors.New("find the state directory: HOME is not set; use --state DIR, or --state none")}
}

// addressSuffix is empty for Clerk's own address, and names any other one:
// "-127.0.0.1-4900".
func addressSuffix(apiURL string) string {
	address := clerkapi.Config{APIURL: apiURL}.Address()
	if address == "" {
		return ""
	}
	return "-" + strings.Map(func(r rune) rune {
		switch {
		case 'a' <= r && r <= 'z', '0' <= r && r <= '9', r == '.':
			return r
		}
		return '-'
	}, address)
}

// firstOf takes the first of the directories that systemd lists.
func firstOf(list string) string {
	if dirs := filepath.SplitList(list); len(dirs) > 0 {
		return dirs[0]
	}
	return ""
}

// openPlain opens a file of the state directory once, and judges it by its
// descriptor: a named pipe would block the run for good, and a link would make
// it write to the file of somebody else (S34).
func openPlain(name string, flag int) (*os.File, error) {
	const private = 0o600
	f, err := os.OpenFile(name, flag|platform.NoFollow|platform.NonBlock, private)
	if errors.Is(err, syscall.ELOOP) || errors.Is(err, syscall.EISDIR) || errors.Is(err, syscall.ENXIO) {
		return nil, notPlain(name)
	}
	if err != nil {
		return nil, err
	}
	info, err := f.Stat()
	if err == nil && !info.Mode().IsRegular() {
		err = notPlain(name)
	}
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return f, nil
}

func notPlain(name string) error { return fmt.Errorf("%s is not a regular file", name) }
