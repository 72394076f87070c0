package platform

import (
	"io/fs"

	"golang.org/x/sys/windows"
)

// Flags of opening a file that somebody else may have replaced (S34).
const (
	// NoFollow opens a link itself, which is then no regular file.
	NoFollow = windows.FILE_FLAG_OPEN_REPARSE_POINT
	// NonBlock is nothing here: named pipes do not lie in directories.
	NonBlock = 0
)

const globCharacters = `*?[`

// HasModes says that the permission bits of a file tell who may read and write it.
// Here its access control list does, which nothing of ours reads.
const HasModes = false

// Owner is not known: a security identifier is no number.
func Owner(fs.FileInfo) (uid, gid int, known bool) { return 0, 0, false }

// Inode is not known. Size and time of a file tell it from the next one.
func Inode(fs.FileInfo) uint64 { return 0 }

// Elevated reports whether the process has an administrator's rights.
func Elevated() bool { return windows.GetCurrentProcessToken().IsElevated() }
