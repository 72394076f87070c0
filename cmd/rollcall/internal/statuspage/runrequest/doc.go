// Package runrequest lets programs such as an HR system ask for a run: POST /run, for
// everybody or for one person, with a token. It knows the token and who may ask how often;
// package serve decides when a run begins. An answer has numbers and no names.
//
// Read handler.go first, then token.go and question.go. The package imports serve for the
// runs that it asks for, and source for the form of an address.
package runrequest
