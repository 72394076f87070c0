package clerkapi

import "container/list"

// line is a queue of callers who wait for their turn, first come first
// served. It is guarded by its owner's mutex.
type line struct{ waiting list.List }

// turn is one caller's place; ready is closed when the turn has come.
type turn struct {
	ready chan struct{}
	place *list.Element
}

func (l *line) empty() bool { return l.waiting.Len() == 0 }

func (l *line) join() *turn {
	t := &turn{ready: make(chan struct{})}
	t.place = l.waiting.PushBack(t)
	return t
}

// next lets the first caller go.
func (l *line) next() {
	front := l.waiting.Front()
	if front == nil {
		return
	}
	t, _ := l.waiting.Remove(front).(*turn)
	t.place = nil
	close(t.ready)
}

// leave takes a caller out who gave up. It reports false when the turn had
// come in the meantime, so that the caller hands back what it was given.
func (l *line) leave(t *turn) bool {
	if t.place == nil {
		return false
	}
	l.waiting.Remove(t.place)
	t.place = nil
	return true
}
