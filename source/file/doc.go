// Package file gets the text of a source whole: from files of this machine,
// from standard input, from a server over HTTPS or SFTP, or from a program. It knows nothing of
// what the text says: a [Use] reads it. It imports source for its errors, and
// the helpers check, program and tlsfile.
//
// Read the files in this order: file.go says what a Store is asked, config.go
// how it is configured. local.go reads files of this machine, glob.go finds
// them. remote.go tells how a download goes, http.go and http_body.go fetch over
// HTTPS, sftp.go over SFTP, and checksum.go compares what came. command.go runs a program. errors.go says what may go wrong.
package file
