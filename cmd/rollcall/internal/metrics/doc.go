// Package metrics counts what runs did, for Prometheus: a service serves the
// figures, and a single run leaves them in a textfile for node-exporter.
//
// The counters continue in the textfile: each run starts from those that it
// finds there, so that they grow from run to run as those of a service do, also
// without a state directory. If somebody deletes the file, Prometheus sees
// counters that began anew, which it understands.
//
// Labels hold nothing personal, and no more values than there are
// organizations, sources, guards, reasons, and kinds of calls.
//
// Read metrics.go first; textfile.go is the file. The package imports notify and
// serve for the nouns that it counts (a run, a failure), and plan for the plan.
package metrics
