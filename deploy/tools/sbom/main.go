// Command sbom writes what a Go binary is made of as a CycloneDX document: the
// modules, versions and checksums that the linker noted in it. The same binary
// gives the same bytes.
//
//	sbom BINARY >FILE
package main

import (
	"debug/buildinfo"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"strings"

	cdx "github.com/CycloneDX/cyclonedx-go"
)

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: sbom BINARY")
		os.Exit(2)
	}
	if err := write(os.Stdout, os.Args[1]); err != nil {
		fmt.Fprintln(os.Stderr, "sbom:", err)
		os.Exit(1)
	}
}

func write(w io.Writer, binary string) error {
	info, err := buildinfo.ReadFile(binary)
	if err != nil {
		return fmt.Errorf("read what %s is made of: %w", binary, err)
	}
	bom, err := describe(info)
	if err != nil {
		return fmt.Errorf("describe %s: %w", binary, err)
	}
	return cdx.NewBOMEncoder(w, cdx.BOMFileFormatJSON).SetPretty(true).Encode(bom)
}

// describe lists the modules in the order of their paths, as the linker does.
func describe(info *buildinfo.BuildInfo) (*cdx.BOM, error) {
	main := component(info.Main.Path, info.Main.Version)
	main.Type = cdx.ComponentTypeApplication
	var properties []cdx.Property
	for _, s := range info.Settings {
		if strings.HasPrefix(s.Key, "GO") || strings.HasPrefix(s.Key, "vcs") || strings.HasPrefix(s.Key, "CGO_ENABLED") {
			properties = append(properties, cdx.Property{Name: "go:build:" + s.Key, Value: s.Value})
		}
	}
	main.Properties = &properties
	standard := component("std", strings.TrimPrefix(info.GoVersion, "go"))
	parts, needed := []cdx.Component{standard}, []string{standard.BOMRef}
	for _, m := range info.Deps {
		if m.Replace != nil {
			m = m.Replace
		}
		c := component(m.Path, m.Version)
		sum, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(m.Sum, "h1:"))
		if err != nil || len(sum) == 0 {
			return nil, fmt.Errorf("module %s %s has no checksum", m.Path, m.Version)
		}
		c.Hashes = &[]cdx.Hash{{Algorithm: cdx.HashAlgoSHA256, Value: hex.EncodeToString(sum)}}
		parts, needed = append(parts, c), append(needed, c.BOMRef)
	}
	bom := cdx.NewBOM()
	bom.Metadata = &cdx.Metadata{Component: &main}
	bom.Components = &parts
	bom.Dependencies = &[]cdx.Dependency{{Ref: main.BOMRef, Dependencies: &needed}}
	return bom, nil
}

func component(path, version string) cdx.Component {
	url := "pkg:golang/" + path + "@" + version + "?type=module"
	return cdx.Component{Type: cdx.ComponentTypeLibrary, Name: path, Version: version, PackageURL: url, BOMRef: url}
}
