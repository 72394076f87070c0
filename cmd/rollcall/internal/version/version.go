// Package version says which build of rollcall this is. It imports nothing of
// rollcall. Its one file is version.go.
package version

import (
	"encoding/json"
	"fmt"
	"io"
	"regexp"
	"runtime/debug"
)

// Build is what the Go tool noted of a build.
type Build struct {
	// Version is the tag, such as v0.3.0, a pseudo-version between two tags, or
	// (devel) where the source was no checkout.
	Version string `json:"version"`
	// Commit and Date, in RFC 3339, are empty where the source was no checkout.
	Commit string `json:"commit,omitempty"`
	Date   string `json:"date,omitempty"`
	// Modified says that the checkout had changes that are in no commit.
	Modified bool   `json:"modified"`
	Go       string `json:"go"`
	// Platform is the operating system and the processor, such as linux/amd64.
	Platform string `json:"platform"`
}

// Read reads the notes in this program.
func Read() Build {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return Build{Version: "(devel)"}
	}
	return of(info)
}

func of(info *debug.BuildInfo) Build {
	settings := map[string]string{}
	for _, s := range info.Settings {
		settings[s.Key] = s.Value
	}
	b := Build{Version: info.Main.Version, Go: info.GoVersion, Commit: settings["vcs.revision"], Date: settings["vcs.time"],
		Modified: settings["vcs.modified"] == "true", Platform: settings["GOOS"] + "/" + settings["GOARCH"]}
	if b.Version == "" {
		b.Version = "(devel)"
	}
	return b
}

var releaseTag = regexp.MustCompile(`^v(\d+\.\d+\.\d+)$`)

// Release is the version without its v, such as 0.3.0, if the program was built from the
// unchanged commit of a release. Else it is empty.
func (b Build) Release() string {
	m := releaseTag.FindStringSubmatch(b.Version)
	if m == nil || b.Modified {
		return ""
	}
	return m[1]
}

// String is the version and the Go that built it.
func (b Build) String() string { return fmt.Sprintf("rollcall %s (%s)", b.Version, b.Go) }

// Write writes the build as text, or all of it as JSON.
func (b Build) Write(w io.Writer, asJSON bool) error {
	if !asJSON {
		_, err := fmt.Fprintln(w, b)
		return err
	}
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	return e.Encode(b)
}
