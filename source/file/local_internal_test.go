package file

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"testing"
)

// Somebody who may not read a file is told who has to be allowed to.
func TestUnopenedFileSaysWhoMayNotReadIt(t *testing.T) {
	denied := &fs.PathError{Op: "openat", Path: "people.csv", Err: fs.ErrPermission}
	want := fmt.Sprintf("open the CSV file: openat people.csv: permission denied; allow the user who runs rollcall (uid %d) to read it and to enter its directories", os.Geteuid())
	if got := unopened(denied); got.Error() != want || !errors.Is(got, denied) {
		t.Errorf("got %v", got)
	}
	if got := unopened(fs.ErrInvalid).Error(); got != "open the CSV file: invalid argument" {
		t.Errorf("got %s", got)
	}
}
