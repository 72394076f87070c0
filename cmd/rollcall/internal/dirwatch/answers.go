package dirwatch

import (
	"strings"
	"sync"

	"rollcall/source"
)

// Bounds of what is remembered: DNS may name a new server each time, and a server may
// name a new origin of changes each time.
const (
	mostServers  = 100
	longestClock = 16 << 10 // bytes
)

// server is one server of a source.
type server struct{ source, name string }

// Answers are the newest answers of all servers. The zero value has none. Its methods
// may be called from several goroutines.
type Answers struct {
	mutex  sync.Mutex
	newest map[server]source.Revision
}

// Recall takes over what an earlier run has read of a source. Timestamps do not count:
// those of a whole read are about fewer entries than the question.
func (a *Answers) Recall(of string, last source.LastChange) {
	if last.Revision != "" && !strings.HasPrefix(string(last.Revision), source.ClockTime) {
		a.isNews(of, last)
	}
}

func (a *Answers) last(of, name string) source.Revision {
	a.mutex.Lock()
	defer a.mutex.Unlock()
	return a.newest[server{of, name}]
}

// isNews keeps an answer and reports whether a run is due. Each server is compared with
// itself, because two replicas that answer in turn are apart, and nothing has changed.
// The newest of all answers is kept, so an answer that goes back is no news, and neither
// is the way forth again. The first answer of a source is no news either; that of its
// second server is, because the two may differ.
func (a *Answers) isNews(of string, last source.LastChange) bool {
	a.mutex.Lock()
	defer a.mutex.Unlock()
	if a.newest == nil {
		a.newest = map[server]source.Revision{}
	}
	key := server{of, last.Server}
	known, asked := a.newest[key]
	if behind, related := known.OlderThan(last.Revision); asked && related && !behind || asked && known == last.Revision {
		return false
	}
	first := !a.hasSource(of)
	a.keep(key, known, last.Revision)
	return !first
}

// keep forgets older ticks where there are too many.
func (a *Answers) keep(key server, known, last source.Revision) {
	if _, asked := a.newest[key]; !asked && len(a.newest) >= mostServers {
		return
	}
	if known = known.Merge(last); len(known) > longestClock {
		known = last[:min(len(last), longestClock)]
	}
	a.newest[key] = known
}

func (a *Answers) hasSource(of string) bool {
	for s := range a.newest {
		if s.source == of {
			return true
		}
	}
	return false
}
