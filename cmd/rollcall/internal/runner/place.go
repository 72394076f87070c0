package runner

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"go.uber.org/zap"

	"rollcall/clerkapi"
	"rollcall/sync/journal"
)

// Place is where lock and history are kept. Two keys of one address may open two
// instances, and each instance has a default directory of its own (S41): the first
// one has the default as it is, and each further one a directory beside it, with the
// instance's id behind the name. What somebody names is taken as it is.
type Place struct {
	Dir     string // empty without a state directory
	Default bool   // nobody named it
}

// keyFile lies in a default directory. It tells keys apart, so that verbs find the
// directory of the key without asking Clerk; the key cannot be found from it.
const keyFile = "key-hash"

func hashOf(key clerkapi.Secret) string {
	const enough = 8
	sum := sha256.Sum256([]byte("rollcall state " + key.Reveal()))
	return hex.EncodeToString(sum[:enough])
}

// OfKey is the directory that the key used before. It is not known for a new key,
// while there are directories that may be of its instance.
func (p Place) OfKey(key clerkapi.Secret) (dir string, known bool) {
	if !p.Default {
		return p.Dir, true
	}
	dirs := p.directories()
	for _, dir := range dirs {
		if !key.IsZero() && readKeyHash(dir) == hashOf(key) {
			return dir, true
		}
	}
	return p.Dir, len(dirs) == 0
}

// OfVerb is the directory for a verb that does not ask Clerk: that of the key, or the
// only one that there is.
func (p Place) OfVerb(ctx context.Context, key clerkapi.Secret) (string, error) {
	dir, known := p.OfKey(key)
	if known {
		return dir, nil
	}
	dirs := p.directories()
	if len(dirs) == 1 {
		return dirs[0], nil
	}
	var list strings.Builder
	for _, dir := range dirs {
		fmt.Fprintf(&list, "\n  --state %s (%s)", dir, nameOf(ctx, dir))
	}
	return "", UsageError{Err: fmt.Errorf("find the state directory: there are several for this address of Clerk, and no run with the present key has used one; add the right one to the command:%s", list.String())}
}

// OfInstance is the directory of an instance: the default if it belongs to the
// instance or to nobody yet, else the one beside it.
func (p Place) OfInstance(ctx context.Context, instance clerkapi.Instance) string {
	beside := (&journal.OtherInstanceError{Dir: p.Dir, Asked: instance}).Other()
	bound, err := boundTo(ctx, p.Dir)
	switch {
	case err != nil && !errors.Is(err, journal.ErrNone): // a run says what is wrong there
		return p.Dir
	case bound.ID == instance.ID:
		return p.Dir
	case bound.ID == "" && !hasJournal(beside):
		return p.Dir
	}
	return beside
}

// includes reports whether a directory is one of the default's.
func (p Place) includes(dir string) bool {
	return p.Default && (dir == p.Dir || strings.HasPrefix(dir, p.Dir+"-"+instancePrefix))
}

// instancePrefix begins the ids of instances.
const instancePrefix = "ins_"

// directories are those that hold a history: the default, and those beside it.
func (p Place) directories() []string {
	var dirs []string
	entries, err := os.ReadDir(filepath.Dir(p.Dir))
	if err != nil {
		return nil
	}
	for _, e := range entries {
		if dir := filepath.Join(filepath.Dir(p.Dir), e.Name()); p.includes(dir) && hasJournal(dir) {
			dirs = append(dirs, dir)
		}
	}
	return dirs
}

func hasJournal(dir string) bool { return journal.Stamp(dir) != "" }

func boundTo(ctx context.Context, dir string) (clerkapi.Instance, error) {
	db, err := journal.Open(ctx, dir, journal.Options{ReadOnly: true})
	if err != nil {
		return clerkapi.Instance{}, err
	}
	defer func() { _ = db.Close() }() // nothing was written
	return db.Instance(ctx)
}

// nameOf is whose directory it is, as far as it can be read.
func nameOf(ctx context.Context, dir string) string {
	switch instance, err := boundTo(ctx, dir); {
	case err != nil:
		return "it cannot be read: " + err.Error()
	case instance.ID == "":
		return "no instance yet"
	default:
		return instance.String()
	}
}

func readKeyHash(dir string) string {
	file, err := openPlain(filepath.Join(dir, keyFile), os.O_RDONLY)
	if err != nil {
		return ""
	}
	defer func() { _ = file.Close() }() // nothing was written
	const most = 64
	text, err := io.ReadAll(io.LimitReader(file, most))
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(text))
}

// findState finds the state directory, as far as that needs no Clerk.
func findState(s *Session) error {
	s.place, s.stateErr = StateDirectory(s.deps.State, s.Config.State, s.Config.Clerk.APIURL, s.deps.Lookup)
	if err := TakeOwner(s.place.Dir); err != nil {
		return err
	}
	if s.place.includes(s.deps.Chosen) {
		s.state, s.chosen = s.deps.Chosen, true
	} else {
		s.state, s.chosen = s.place.OfKey(s.Config.Clerk.SecretKey)
	}
	return TakeOwner(s.state)
}

// ChooseState asks Clerk which instance it is, where the default directory depends
// on that and no earlier run with the key tells. If Clerk does not answer soon, the
// run says so, and a service begins.
func ChooseState(ctx context.Context, s *Session) error {
	if s.chosen {
		return nil
	}
	const soon = 15 * time.Second
	ctx, cancel := context.WithTimeout(ctx, soon)
	defer cancel()
	instance, err := s.ReadInstance(ctx)
	if err != nil {
		return nil // the run asks again, and says what is wrong
	}
	s.chosen, s.state = true, s.place.OfInstance(ctx, instance)
	return TakeOwner(s.state)
}

// noteKey leaves in a default directory which key its instance has, for the next
// process. Where it cannot be written, the next one asks Clerk.
func noteKey(ctx context.Context, s *Session) {
	instance, hash := s.known.Load(), hashOf(s.Config.Clerk.SecretKey)
	if !s.place.Default || instance == nil || readKeyHash(s.state) == hash {
		return
	}
	bound, err := boundTo(ctx, s.state)
	if err == nil && bound.ID == instance.ID {
		err = replaceFile(filepath.Join(s.state, keyFile), []byte(hash+"\n"))
	}
	if err != nil {
		s.log.Debug("cannot note which key the state directory belongs to", zap.Error(err))
	}
}
