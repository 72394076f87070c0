package main

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"rollcall/cmd/rollcall/internal/help"
)

var (
	platformRow  = regexp.MustCompile(`(?m)^\| (\w+/\w+) \| (in CI|before a release) \| (in CI|before a release|no) \| [^|]+ \|$`)
	platformList = regexp.MustCompile(`(?m)^(vetted|compiled)=\((.*)\)$`)
)

// The table of platforms says what is compiled and vetted: no row more or less.
func TestPlatformsAreDocumented(t *testing.T) {
	want := map[string]string{"linux/amd64": "in CI"} // vetted with everything else
	for _, list := range platformList.FindAllStringSubmatch(read(t, "../../.ci/platforms"), -1) {
		for name := range strings.FieldsSeq(list[2]) {
			want[name] = map[string]string{"vetted": "before a release", "compiled": "no"}[list[1]]
		}
	}
	topic, _ := help.Find("platforms")
	rows := platformRow.FindAllStringSubmatch(topic.Text, -1)
	for _, row := range rows {
		if vetted, known := want[row[1]]; !known || row[3] != vetted {
			t.Errorf("the topic says %s is vetted: %q; CI: %q", row[1], row[3], vetted)
		}
		delete(want, row[1])
	}
	if len(rows) != 6 || len(want) != 0 {
		t.Errorf("%d rows; without a row: %v", len(rows), want)
	}
	for _, os := range []string{"linux", "darwin", "windows"} {
		if !slices.ContainsFunc(rows, func(row []string) bool { return strings.HasPrefix(row[1], os+"/") && row[3] != "no" }) {
			t.Errorf("nothing is vetted for %s", os)
		}
	}
}
