package serve

// turns lets one in at a time. It is a lock without the standard package sync,
// which no package imports beside ours.
type turns chan struct{}

func (t turns) Lock()   { t <- struct{}{} }
func (t turns) Unlock() { <-t }
