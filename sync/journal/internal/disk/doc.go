// Package disk asks the system about files and file systems: which kind it is, how much
// room it has, who owns a file. Systems other than Linux do not tell all of it.
//
// It imports nothing of ours, and has no order of reading.
package disk
