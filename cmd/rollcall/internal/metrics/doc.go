// Package metrics counts what runs did, for Prometheus: a service serves the
// figures, and a run that ends leaves them in a textfile for node-exporter.
//
// The textfile is its own memory: each run goes on from the counters that it
// finds there, so that they grow from run to run as those of a service do, also
// without a state directory. Whoever deletes it sees a counter that began anew,
// which Prometheus understands.
//
// Labels hold nothing personal, and no more values than there are
// organizations, sources, guards, reasons, and kinds of calls.
package metrics
