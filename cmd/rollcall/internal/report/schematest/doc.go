// Package schematest makes the JSON Schema of a type in the words of its
// comments, for the tests that compare it with the schema in a file. Only tests
// import it.
//
// All of it is in schematest.go. The package imports the libraries of schemas, and
// plan and explain for the types that marshal themselves.
package schematest
