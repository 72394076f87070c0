package disk

import (
	"fmt"
	"os"

	"golang.org/x/sys/unix"
)

// NeedsFullSync is about another system: fsync(2) writes what is in the disk's own
// memory too.
const NeedsFullSync = false

// networkTypes are the file systems on which shared memory or locks between
// machines cannot be relied on, by the magic number of statfs(2). FUSE is among
// them: what is behind it, nobody knows.
var networkTypes = map[uint32]string{
	0x00006969: "NFS",
	0x0000517b: "SMB",
	0xff534d42: "CIFS",
	0xfe534d42: "SMB2",
	0x01021997: "9p",
	0x65735546: "FUSE",
	0x00c36400: "Ceph",
	0x5346414f: "AFS",
	0x6b414653: "AFS",
	0x73757245: "Coda",
	0x0bd00bd0: "Lustre",
	0x47504653: "GPFS",
	0x01161970: "GFS2",
	0x7461636f: "OCFS2",
	0x19830326: "BeeGFS",
	0x786f4256: "VirtualBox share",
}

// NetworkName names the network file system that holds the directory; empty is
// a local one.
func NetworkName(dir string) (string, error) {
	s, err := statfs(dir)
	if err != nil {
		return "", err
	}
	return networkTypes[uint32(s.Type)], nil
}

// FreeBytes is what an unprivileged process may still write. A file system
// that does not tell its size has no limit that we know of.
func FreeBytes(dir string) (free uint64, known bool, err error) {
	s, err := statfs(dir)
	if err != nil {
		return 0, false, err
	}
	return s.Bavail * uint64(s.Bsize), s.Blocks > 0, nil
}

func statfs(dir string) (unix.Statfs_t, error) {
	var s unix.Statfs_t
	for {
		if err := unix.Statfs(dir, &s); err != unix.EINTR {
			return s, os.NewSyscallError("statfs "+dir, err)
		}
	}
}

// Owner is who owns a file, and whether the platform tells.
func Owner(file string) (uid, gid int, known bool, err error) {
	var s unix.Stat_t
	if err := unix.Stat(file, &s); err != nil {
		return 0, 0, false, &os.PathError{Op: "stat", Path: file, Err: err}
	}
	return int(s.Uid), int(s.Gid), true, nil
}

// Give hands a file of root's to its new owner. The owner of the directory
// could have put a link in its place to be given a file elsewhere: only a
// regular file with one name is given away, and it is looked at and given
// through one descriptor. O_PATH keeps the descriptor's end from dropping
// SQLite's POSIX locks on the file.
func Give(file string, uid, gid int) error {
	fd, err := unix.Open(file, unix.O_PATH|unix.O_NOFOLLOW|unix.O_CLOEXEC, 0)
	if err == unix.ENOENT {
		return nil
	}
	if err != nil {
		return &os.PathError{Op: "open", Path: file, Err: err}
	}
	defer func() { _ = unix.Close(fd) }() // nothing was written through it
	var s unix.Stat_t
	if err := unix.Fstat(fd, &s); err != nil {
		return &os.PathError{Op: "stat", Path: file, Err: err}
	}
	if s.Mode&unix.S_IFMT != unix.S_IFREG || s.Nlink != 1 {
		return fmt.Errorf("give %s to its directory's owner: it is a link, or not a regular file; find out who put it there, and remove it", file)
	}
	if s.Uid != 0 {
		return nil
	}
	if err := unix.Fchownat(fd, "", uid, gid, unix.AT_EMPTY_PATH); err != nil {
		return &os.PathError{Op: "chown", Path: file, Err: err}
	}
	return nil
}
