package version

import (
	"runtime/debug"
	"strings"
	"testing"
)

func TestOf(t *testing.T) {
	checkout := []debug.BuildSetting{{Key: "vcs.revision", Value: "abc"}, {Key: "vcs.time", Value: "2026-11-30T12:00:00Z"}, {Key: "vcs.modified", Value: "true"}, {Key: "GOOS", Value: "linux"}, {Key: "GOARCH", Value: "arm64"}}
	for name, x := range map[string]struct {
		info debug.BuildInfo
		want Build
		text string
	}{
		"a release": {debug.BuildInfo{GoVersion: "go1.26.8", Main: debug.Module{Version: "v0.3.0"}, Settings: checkout},
			Build{"v0.3.0", "abc", "2026-11-30T12:00:00Z", true, "go1.26.8", "linux/arm64"}, "rollcall v0.3.0 (go1.26.8)"},
		"no checkout": {debug.BuildInfo{GoVersion: "go1.26.8", Settings: checkout[3:]},
			Build{Version: "(devel)", Go: "go1.26.8", Platform: "linux/arm64"}, "rollcall (devel) (go1.26.8)"},
	} {
		if got := of(&x.info); got != x.want || got.String() != x.text {
			t.Errorf("%s: %+v", name, got)
		}
	}
}

// A version between two tags, a changed checkout and a build without a checkout are no
// release.
func TestRelease(t *testing.T) {
	for build, want := range map[Build]string{
		{Version: "v0.3.0"}:                               "0.3.0",
		{Version: "v10.2.3"}:                              "10.2.3",
		{Version: "v0.3.0", Modified: true}:               "",
		{Version: "v0.3.0+dirty"}:                         "",
		{Version: "v0.3.1-0.20261130224125-0f940704d151"}: "",
		{Version: "(devel)"}:                              "",
		{}:                                                "",
	} {
		if got := build.Release(); got != want {
			t.Errorf("%+v: %q, want %q", build, got, want)
		}
	}
}

func TestWrite(t *testing.T) {
	b := Build{Version: "v0.3.0", Commit: "abc", Go: "go1.26.8", Platform: "linux/amd64"}
	var text, facts strings.Builder
	if b.Write(&text, false) != nil || text.String() != "rollcall v0.3.0 (go1.26.8)\n" {
		t.Error(text.String())
	}
	want := "{\n  \"version\": \"v0.3.0\",\n  \"commit\": \"abc\",\n  \"modified\": false,\n  \"go\": \"go1.26.8\",\n  \"platform\": \"linux/amd64\"\n}\n"
	if b.Write(&facts, true) != nil || facts.String() != want {
		t.Error(facts.String())
	}
	if r := Read(); r.Version == "" || r.Go == "" {
		t.Errorf("this program: %+v", r)
	}
}
