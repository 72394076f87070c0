package runner

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"

	"go.uber.org/zap"

	"rollcall/sync"
	"rollcall/sync/recent"
)

// listsFile lies in the state directory. It has the members whom the last run has listed,
// so that a run for one person that follows within the hour need not list them again.
const listsFile = "members"

// openLists are the lists that a run may use: those of the service, or those that the
// last process has saved. They spare requests and nothing more, so a file that cannot be
// read counts as none.
func openLists(s *Session, run sync.Run) *recent.Listing {
	if s.deps.Service != nil && s.deps.Service.Recent != nil {
		return s.deps.Service.Recent
	}
	lists := recent.ToSave()
	if run.Only == "" || s.state == "" {
		return lists
	}
	file, err := openPlain(filepath.Join(s.state, listsFile), os.O_RDONLY)
	if errors.Is(err, os.ErrNotExist) {
		return lists
	}
	if err == nil {
		err = errors.Join(lists.Load(file), file.Close())
	}
	if err != nil {
		s.log.Debug("cannot read the members of the last run, so they are listed again", zap.Error(err))
		return recent.ToSave()
	}
	return lists
}

// saveLists saves the lists after a run. If they cannot be saved, those of an earlier run
// go too.
func saveLists(s *Session, lists *recent.Listing) {
	if s.state == "" {
		return
	}
	var text bytes.Buffer
	err := lists.Save(&text)
	if err == nil {
		err = replaceFile(filepath.Join(s.state, listsFile), text.Bytes())
	}
	if err != nil {
		s.log.Debug("the members are not saved, so a run for one person lists them again", zap.Error(err))
		_ = ForgetLists(s.state) // the number of the last run in it serves no other run
	}
}

// ForgetLists deletes the saved lists of a state directory.
func ForgetLists(state string) error {
	err := os.Remove(filepath.Join(state, listsFile))
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	return err
}
