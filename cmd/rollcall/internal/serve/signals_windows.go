package serve

// ListenForSignals receives nothing: Windows has no signals for a run or for a new
// configuration. A restart of the service does both.
func ListenForSignals() (Signals, func()) { return Signals{}, func() {} }

// reloading has nobody to say it to.
func (*System) reloading() {}
