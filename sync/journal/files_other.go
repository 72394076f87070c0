//go:build !linux

package journal

func rename(from, to string) error { return renameFree(from, to) }
