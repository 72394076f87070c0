package main

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"helm.sh/helm/v3/pkg/chart/loader"
	"helm.sh/helm/v3/pkg/chartutil"
	"helm.sh/helm/v3/pkg/engine"
	"helm.sh/helm/v3/pkg/releaseutil"
	"sigs.k8s.io/yaml"
)

// chart renders a Helm chart with a file of values, as helm install would. The
// configuration is that of the kustomizations, ../base/rollcall.yaml, if the file has none.
func chart(dir, valuesFile string) ([]manifest, error) {
	values, err := chartutil.ReadValuesFile(valuesFile)
	if err != nil {
		return nil, err
	}
	if values["config"] == nil {
		config, err := os.ReadFile(filepath.Join(dir, "..", "base", "rollcall.yaml"))
		if err != nil {
			return nil, err
		}
		values["config"] = string(config)
	}
	return render(dir, values)
}

func render(dir string, values map[string]any) ([]manifest, error) {
	loaded, err := loader.Load(dir)
	if err != nil {
		return nil, err
	}
	options := chartutil.ReleaseOptions{Name: "rollcall", Namespace: "rollcall", Revision: 1, IsInstall: true}
	all, err := chartutil.ToRenderValues(loaded, values, options, nil)
	if err != nil {
		return nil, err
	}
	files, err := engine.Render(loaded, all)
	if err != nil {
		return nil, err
	}
	var manifests []manifest
	for _, file := range slices.Sorted(maps.Keys(files)) {
		if !strings.HasSuffix(file, ".yaml") {
			continue // notes
		}
		parts := releaseutil.SplitManifests(files[file])
		for _, key := range slices.Sorted(maps.Keys(parts)) {
			name, err := nameOf(parts[key])
			if err != nil {
				return nil, fmt.Errorf("%s: %w", file, err)
			}
			manifests = append(manifests, manifest{name, []byte(parts[key])})
		}
	}
	return manifests, nil
}

func nameOf(text string) (string, error) {
	var object struct {
		Kind     string
		Metadata struct{ Name string }
	}
	err := yaml.Unmarshal([]byte(text), &object)
	return object.Kind + " " + object.Metadata.Name, err
}
