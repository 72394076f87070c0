//go:build !linux

package logger

import "io"

// ToJournal is about systemd, which is Linux's.
func ToJournal(io.Writer, func(string) (string, bool)) bool { return false }
