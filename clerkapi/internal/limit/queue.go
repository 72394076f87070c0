package limit

import "container/list"

// queue holds the callers that wait, in the order of their calls. The mutex of
// its owner guards it.
type queue struct{ waiters list.List }

// waiter is one caller in a queue. ready is closed when the caller may go on.
type waiter struct {
	ready   chan struct{}
	element *list.Element
}

func (q *queue) empty() bool { return q.waiters.Len() == 0 }

func (q *queue) push() *waiter {
	w := &waiter{ready: make(chan struct{})}
	w.element = q.waiters.PushBack(w)
	return w
}

// serve lets the first caller go on.
func (q *queue) serve() {
	front := q.waiters.Front()
	if front == nil {
		return
	}
	w, _ := q.waiters.Remove(front).(*waiter)
	w.element = nil
	close(w.ready)
}

// remove takes a caller out whose context ended. It reports false when the
// caller was served in the meantime and must return what it got.
func (q *queue) remove(w *waiter) bool {
	if w.element == nil {
		return false
	}
	q.waiters.Remove(w.element)
	w.element = nil
	return true
}
