//go:build !linux

package main

import "io"

// toJournal is about systemd, which is Linux's.
func toJournal(io.Writer, func(string) (string, bool)) bool { return false }
