//go:build !linux

package program

// awaitEnd waits for the end of the program. Here its number is free afterwards,
// so what it left behind is not ended.
func (r *process) awaitEnd(release func()) error {
	err := r.cmd.Wait()
	release()
	r.endMessages()
	return err
}
