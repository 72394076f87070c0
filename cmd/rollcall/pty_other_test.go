//go:build !linux

package main

import (
	"errors"
	"os"
)

// openPTY is Linux's.
func openPTY(uint16, uint16) (program, screen *os.File, err error) {
	return nil, nil, errors.ErrUnsupported
}
