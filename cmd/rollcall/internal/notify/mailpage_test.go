package notify

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// The mail of a held run as a page: it names who waits and the command that
// lets them pass (S35). check.mjs in the test data of report looks at what this
// leaves among the artifacts.
func TestMailOfAHeldRunIsAPage(t *testing.T) {
	run := heldRun()
	m := New(Config{}, "").runMessage(&run, false)
	var page strings.Builder
	if err := mailTemplate().Execute(&page, m.page()); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"ben@corp.example", "--approve " + heldHash(), `lang="en"`} {
		if !strings.Contains(page.String(), want) {
			t.Errorf("no %q in\n%s", want, &page)
		}
	}
	if err := os.WriteFile(filepath.Join(t.ArtifactDir(), "mail.html"), []byte(page.String()), 0o600); err != nil {
		t.Fatal(err)
	}
}
