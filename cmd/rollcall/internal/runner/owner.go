package runner

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"syscall"

	"rollcall/source/platform"
)

// TakeOwner has a process of root's work as the owner of a state directory, for
// good, before it opens anything there (S34). Whoever owns the directory may put
// links and pipes into it: followed by root, a link could lead to any file of
// the machine. Configuration, Clerk key and the secrets of notifications have
// been read by then, as root. Sources, their passwords and the textfile of the
// metrics are read and written afterwards, with the rights of the owner, as the
// service does.
//
// One right of root's is kept where the owner could not even reach the directory,
// as in systemd's /var/lib/private outside of the unit: to pass through
// directories, and to read. What is written is written with the owner's rights.
//
// A directory that is not there yet is made with the rights of whoever owns the
// nearest one above it. An empty name means that there is no state.
func TakeOwner(dir string) error {
	if dir == "" || os.Geteuid() != 0 {
		return nil
	}
	uid, gid, err := ownerOf(dir)
	if err != nil {
		return fmt.Errorf("find the owner of the state directory: %w", err)
	}
	if uid == 0 {
		return refuseOthersWay(dir)
	}
	if err := become(uid, gid, dir); err != nil {
		return fmt.Errorf("switch to the owner of the state directory, user %d: %w; run rollcall as that user, or use another directory with --state", uid, err)
	}
	return nil
}

// ownerOf is who owns a directory, or the nearest one above it that is there.
func ownerOf(dir string) (uid, gid int, err error) {
	if dir, err = filepath.Abs(dir); err != nil {
		return 0, 0, err
	}
	for {
		info, err := os.Stat(dir)
		missing := errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ENOTDIR)
		if above := filepath.Dir(dir); missing && above != dir {
			dir = above
			continue
		}
		if err != nil {
			return 0, 0, err
		}
		uid, gid, _ = platform.Owner(info) // 0 where the system does not tell
		return uid, gid, nil
	}
}

// groupsOf are the groups that a user has here, beside the one of the directory:
// an export may be readable for one of them only.
func groupsOf(uid, gid int) []int {
	groups := []int{gid}
	account, err := user.LookupId(strconv.Itoa(uid))
	if err != nil {
		return groups // a user without an account has no further groups
	}
	names, err := account.GroupIds()
	if err != nil {
		return groups
	}
	for _, name := range names {
		if id, err := strconv.Atoi(name); err == nil && id != 0 && !slices.Contains(groups, id) {
			groups = append(groups, id)
		}
	}
	return groups
}
