package runner

import (
	"errors"
	"io/fs"
	"os"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

// become takes the rights of a user, in all threads, and leaves no way back.
func become(uid, gid int, dir string) error {
	// A binary with cgo cannot set this in all threads; it reaches what the owner
	// reaches.
	keeps := inAllThreads("prctl", syscall.SYS_PRCTL, unix.PR_SET_KEEPCAPS, 1) == nil
	if err := syscall.Setgroups(groupsOf(uid, gid)); err != nil {
		return os.NewSyscallError("setgroups", err)
	}
	if err := syscall.Setresgid(gid, gid, gid); err != nil {
		return os.NewSyscallError("setresgid", err)
	}
	if err := syscall.Setresuid(uid, uid, uid); err != nil {
		return os.NewSyscallError("setresuid", err)
	}
	_, err := os.Stat(dir)
	closed := errors.Is(err, fs.ErrPermission)
	if keeps {
		if err := limitTo(closed); err != nil {
			return err
		}
	} else if closed {
		return err
	}
	if os.Geteuid() != uid || os.Getegid() != gid || syscall.Setuid(0) == nil {
		return errors.New("the process still has the rights of root")
	}
	return nil
}

// limitTo gives up all capabilities but, where it is needed, the one to pass
// through directories.
func limitTo(search bool) error {
	header := unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}
	var data [2]unix.CapUserData
	if search {
		data[0].Effective = 1 << unix.CAP_DAC_READ_SEARCH
		data[0].Permitted = data[0].Effective
	}
	_, _, errno := syscall.AllThreadsSyscall(syscall.SYS_CAPSET, uintptr(unsafe.Pointer(&header)), uintptr(unsafe.Pointer(&data[0])), 0)
	if errno != 0 {
		return os.NewSyscallError("capset", errno)
	}
	return inAllThreads("prctl", syscall.SYS_PRCTL, unix.PR_SET_KEEPCAPS, 0)
}

func inAllThreads(name string, call, a, b uintptr) error {
	if _, _, errno := syscall.AllThreadsSyscall(call, a, b, 0); errno != 0 {
		return os.NewSyscallError(name, errno)
	}
	return nil
}
