package ldaptest

import "sync"

// Faults is what goes wrong.
type Faults struct {
	// Fault is asked before each answer; nil for none. SetFault sets it while clients
	// are connected.
	Fault func(Op) Fault

	asking sync.RWMutex
}

// SetFault sets what is asked before each answer from now on.
func (f *Faults) SetFault(ask func(Op) Fault) {
	f.asking.Lock()
	defer f.asking.Unlock()
	f.Fault = ask
}

// faultOf asks without the lock, since the answer may take its time.
func (f *Faults) faultOf(op Op) Fault {
	f.asking.RLock()
	ask := f.Fault
	f.asking.RUnlock()
	if ask == nil {
		return Fault{}
	}
	return ask(op)
}
