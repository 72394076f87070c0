//go:build unix

package platform

import (
	"io/fs"
	"syscall"
)

// Flags of opening a file that somebody else may have replaced (S34).
const (
	// NoFollow fails with [syscall.ELOOP] if the name is a link.
	NoFollow = syscall.O_NOFOLLOW
	// NonBlock does not wait for the other end of a named pipe.
	NonBlock = syscall.O_NONBLOCK
)

const globCharacters = `*?[\`

// HasModes says that the permission bits of a file tell who may read and write it.
const HasModes = true

// Owner is who owns a file. known is false if the system does not tell.
func Owner(info fs.FileInfo) (uid, gid int, known bool) {
	stat, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return 0, 0, false
	}
	return int(stat.Uid), int(stat.Gid), true
}

// Inode tells a file from the one that replaced it; 0 if the system does not tell.
func Inode(info fs.FileInfo) uint64 {
	if stat, ok := info.Sys().(*syscall.Stat_t); ok {
		return stat.Ino
	}
	return 0
}

// Elevated reports whether a process has an administrator's rights on Windows. Here
// the user id says who is root.
func Elevated() bool { return false }
