package facts

import (
	"go/ast"
	"go/parser"
	"go/token"
	"strings"
	"testing"

	"rollcall/sync/recent"
)

func TestScopeSaysWhyMembersWereListed(t *testing.T) {
	for _, x := range []struct {
		scope *recent.Scope
		want  string
	}{
		{nil, ""},
		{&recent.Scope{}, ""},
		{&recent.Scope{Kept: 3}, "Of the members only this person was read; the others are those that the last run has listed."},
		{&recent.Scope{Listed: 3, Because: recent.Loss}, "All members were listed, because this person would lose something."},
		{&recent.Scope{Kept: 2, Listed: 1, Because: recent.ChangedListing},
			"The members of 1 organization were listed, because Clerk counts another number of members than was listed; those of 2 organizations are the ones that the last run has listed."},
	} {
		if got := scopeText(x.scope); got != x.want {
			t.Errorf("%+v: %q", x.scope, got)
		}
	}
}

// Each reason has its words.
func TestEveryReasonHasWords(t *testing.T) {
	file, err := parser.ParseFile(token.NewFileSet(), "../../../../../sync/recent/reason.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	found := 0
	ast.Inspect(file, func(n ast.Node) bool {
		if lit, ok := n.(*ast.BasicLit); ok && lit.Kind == token.STRING && lit.Value != `"everything has to be read: "` {
			if found++; becauses[recent.Reason(strings.Trim(lit.Value, `"`))] == "" {
				t.Errorf("%s has no words", lit.Value)
			}
		}
		return true
	})
	if found != len(becauses) {
		t.Errorf("%d reasons, %d words", found, len(becauses))
	}
}
