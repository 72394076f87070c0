package main

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

const downloads = "https://downloads.corp.example"

var archives = []string{"darwin_amd64.tar.gz", "darwin_arm64.tar.gz", "linux_amd64.tar.gz", "linux_arm64.tar.gz", "windows_amd64.zip", "windows_arm64.zip"}

// sumsOf writes the SHA256SUMS of a version 0.3.0 without one archive. The checksum of
// each archive differs from the others.
func sumsOf(t *testing.T, without string) string {
	t.Helper()
	var text strings.Builder
	for i, part := range archives {
		if part != without {
			fmt.Fprintf(&text, "%064x  rollcall_0.3.0_%s\n%064x  rollcall_0.3.0_%s.cdx.json\n", 0xa0+i, part, 0xb0+i, part)
		}
	}
	file := filepath.Join(t.TempDir(), "SHA256SUMS")
	if err := os.WriteFile(file, []byte(text.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

func fill(t *testing.T, template string) string {
	t.Helper()
	var out strings.Builder
	r := release{version: "0.3.0", downloads: downloads}
	if err := r.run(&out, sumsOf(t, ""), []string{"../../release/" + template}); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

// Each address that a template names is followed by the checksum of that very file, and
// nothing is left to fill in.
func TestTemplatesAreFilledIn(t *testing.T) {
	pair := regexp.MustCompile(`(?:url "|"url": ")([^"]+)",?\s+(?:sha256 "|"hash": ")([^"]+)"`)
	var found []string
	for _, name := range []string{"rollcall.rb", "scoop.json"} {
		text := fill(t, name)
		if strings.Contains(text, "{{") || strings.Contains(text, "no value") || strings.Contains(text, "VERSION") || !strings.Contains(text, `"0.3.0"`) {
			t.Errorf("%s has a placeholder left, or no version:\n%s", name, text)
		}
		for _, m := range pair.FindAllStringSubmatch(text, -1) {
			part, isOurs := strings.CutPrefix(m[1], downloads+"/v0.3.0/rollcall_0.3.0_")
			i := len(found)
			if i >= len(archives) || !isOurs || strings.Count(text, m[1]) != 1 {
				t.Fatalf("%s names %s", name, m[1])
			}
			if want := fmt.Sprintf("%064x", 0xa0+slices.Index(archives, part)); m[2] != want {
				t.Errorf("%s: the checksum of %s is %s, want %s", name, part, m[2], want)
			}
			found = append(found, part)
		}
	}
	if len(found) != len(archives) {
		t.Errorf("the templates name %v", found)
	}
}

// A template with a file that the release does not have is refused, and so is a name
// that nobody fills in.
func TestMissingFilesAreRefused(t *testing.T) {
	for _, without := range archives {
		template := "rollcall.rb"
		if strings.HasPrefix(without, "windows") {
			template = "scoop.json"
		}
		r := release{version: "0.3.0", downloads: downloads}
		err := r.run(new(strings.Builder), sumsOf(t, without), []string{"../../release/" + template})
		if err == nil || !strings.Contains(err.Error(), "has no rollcall_0.3.0_"+without) {
			t.Errorf("without %s: %v", without, err)
		}
	}
	other := filepath.Join(t.TempDir(), "template")
	if err := os.WriteFile(other, []byte("{{maintainer}}"), 0o600); err != nil {
		t.Fatal(err)
	}
	r := release{version: "0.3.0", downloads: downloads}
	if err := r.run(new(strings.Builder), sumsOf(t, ""), []string{other}); err == nil {
		t.Error("an unknown name is filled in")
	}
}

// Scoop reads JSON. Ruby reads the formula, where it is installed.
func TestFilledTemplatesAreWellFormed(t *testing.T) {
	var manifest struct {
		Bin          string
		Architecture map[string]struct {
			ExtractDir string `json:"extract_dir"`
		}
	}
	if err := json.Unmarshal([]byte(fill(t, "scoop.json")), &manifest); err != nil || manifest.Bin != "rollcall.exe" ||
		manifest.Architecture["64bit"].ExtractDir != "rollcall_0.3.0_windows_amd64" || manifest.Architecture["arm64"].ExtractDir != "rollcall_0.3.0_windows_arm64" {
		t.Errorf("%+v, %v", manifest, err)
	}
	ruby, err := exec.LookPath("ruby")
	if err != nil {
		t.Skip("ruby is not installed")
	}
	check := exec.Command(ruby, "-c")
	check.Stdin = strings.NewReader(fill(t, "rollcall.rb"))
	if out, err := check.CombinedOutput(); err != nil {
		t.Errorf("%v: %s", err, out)
	}
}
