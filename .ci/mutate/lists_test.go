package main

import (
	"path/filepath"
	"testing"
)

// The lists beside the program name files that the repository has.
func TestListsOfThisRepository(t *testing.T) {
	root := filepath.Join("..", "..")
	l, err := readLists(root, ".")
	if err != nil {
		t.Fatal(err)
	}
	if len(l.quick) == 0 || len(l.tests) == 0 || len(l.equivalents) == 0 {
		t.Errorf("%d quick files, %d test files, %d equivalents", len(l.quick), len(l.tests), len(l.equivalents))
	}
}
