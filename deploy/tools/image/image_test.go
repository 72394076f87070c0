package main

import (
	"archive/tar"
	"bytes"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/layout"
)

const containerfile = "../../container/Containerfile"

func build(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	for _, name := range []string{"amd64", "arm64"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(name), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	file := filepath.Join(dir, "image.tar")
	err := write(file, order{at: time.Unix(1_700_000_000, 0).UTC(), version: "1.2.3",
		binaries: []string{"amd64=" + filepath.Join(dir, "amd64"), "arm64=" + filepath.Join(dir, "arm64")}})
	if err != nil {
		t.Fatal(err)
	}
	return file
}

func TestSameFilesGiveTheSameBytes(t *testing.T) {
	first, err := os.ReadFile(build(t))
	if err != nil {
		t.Fatal(err)
	}
	second, err := os.ReadFile(build(t))
	if err != nil || string(first) != string(second) {
		t.Errorf("two archives of the same files differ (%v)", err)
	}
}

// What others read out of the archive is one image for each architecture, with
// its own program in it.
func TestArchiveHoldsAnImageForEachArchitecture(t *testing.T) {
	dir := t.TempDir()
	unpack(t, build(t), dir)
	index, err := layout.ImageIndexFromPath(dir)
	if err != nil {
		t.Fatal(err)
	}
	manifest, err := index.IndexManifest()
	if err != nil {
		t.Fatal(err)
	}
	var found []string
	for _, m := range manifest.Manifests {
		image, err := index.Image(m.Digest)
		if err != nil {
			t.Fatal(err)
		}
		config, err := image.ConfigFile()
		if err != nil || config.Architecture != m.Platform.Architecture || config.OS != "linux" {
			t.Errorf("%+v says it is for %+v (%v)", m.Platform, config, err)
		}
		found = append(found, m.Platform.Architecture)
		holds(t, image, m.Platform.Architecture)
	}
	if !slices.Equal(found, []string{"amd64", "arm64"}) {
		t.Errorf("images for %v", found)
	}
}

func holds(t *testing.T, image v1.Image, program string) {
	t.Helper()
	layers, err := image.Layers()
	if err != nil || len(layers) != 1 {
		t.Fatalf("%d layers (%v)", len(layers), err)
	}
	content, err := layers[0].Uncompressed()
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]*tar.Header{}
	for r := tar.NewReader(content); ; {
		h, err := r.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		seen[h.Name] = h
		if data, err := io.ReadAll(r); h.Name == "usr/bin/rollcall" && string(data) != program {
			t.Errorf("the program for %s is %q (%v)", program, data, err)
		}
	}
	state, certificates := seen["var/lib/rollcall/"], seen["etc/ssl/certs/ca-certificates.crt"]
	if state == nil || state.Uid != user || state.Mode != 0o700 {
		t.Errorf("the place of the state: %+v", state)
	}
	if certificates == nil || certificates.Mode != 0o644 || seen["usr/bin/rollcall"].Mode != 0o755 {
		t.Errorf("certificates %+v, program %+v", certificates, seen["usr/bin/rollcall"])
	}
}

func unpack(t *testing.T, file, dir string) {
	t.Helper()
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for r := tar.NewReader(f); ; {
		h, err := r.Next()
		if errors.Is(err, io.EOF) {
			return
		}
		if err != nil {
			t.Fatal(err)
		}
		name := filepath.Join(dir, h.Name)
		if h.Typeflag == tar.TypeDir {
			if err := os.MkdirAll(name, 0o755); err != nil {
				t.Fatal(err)
			}
			continue
		}
		data, err := io.ReadAll(r)
		if err == nil {
			err = os.WriteFile(name, data, 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}

// The image trusts the authorities that are widely trusted, and each certificate is one
// that Go can read.
func TestAuthoritiesAreReadable(t *testing.T) {
	pool := x509.NewCertPool()
	text := authorities()
	if n := strings.Count(string(text), "BEGIN CERTIFICATE"); n < 100 || !pool.AppendCertsFromPEM(text) {
		t.Errorf("%d certificates", n)
	}
	for rest := text; len(rest) > 0; {
		var block *pem.Block
		if block, rest = pem.Decode(rest); block == nil {
			t.Fatalf("%d bytes are no certificate", len(rest))
		}
		if c, err := x509.ParseCertificate(block.Bytes); err != nil || !c.IsCA {
			t.Errorf("%v, %v", c, err)
		}
	}
}

// Whoever builds with the Containerfile gets what is handed out.
func TestContainerfileSaysTheSame(t *testing.T) {
	text, err := os.ReadFile(containerfile)
	if err != nil {
		t.Fatal(err)
	}
	_, last, found := strings.Cut(string(text), "\nFROM scratch\n")
	if !found {
		t.Fatal("the image is not made from scratch")
	}
	config := order{}.config()
	lines := map[string][]string{}
	for _, m := range regexp.MustCompile(`(?m)^([A-Z]+) (.*)$`).FindAllStringSubmatch(last, -1) {
		lines[m[1]] = append(lines[m[1]], m[2])
	}
	for _, c := range []struct {
		word string
		want []string
	}{
		{"ENV", config.Env}, {"USER", []string{config.User}}, {"WORKDIR", []string{config.WorkingDir}},
		{"ENTRYPOINT", []string{`["` + strings.Join(config.Entrypoint, `", "`) + `"]`}},
		{"VOLUME", []string{"/var/lib/rollcall"}},
	} {
		if !slices.Equal(lines[c.word], c.want) {
			t.Errorf("%s: %v, not %v", c.word, lines[c.word], c.want)
		}
	}
	for _, e := range []string{"/image/etc/ssl/certs", "/image/tmp", "/image/etc/passwd", "65532:65532 /image/var/lib/rollcall"} {
		if !strings.Contains(string(text), e) {
			t.Errorf("the Containerfile does not make %s", e)
		}
	}
}

// Other readers than Go's want the two blocks that end an archive.
func TestArchivesEnd(t *testing.T) {
	content, err := pack(time.Unix(0, 0), []entry{{name: "a", mode: 0o644, data: []byte("a")}})
	if err != nil || len(content)%512 != 0 || !bytes.HasSuffix(content, make([]byte, 1024)) {
		t.Errorf("%d bytes, %v", len(content), err)
	}
}
