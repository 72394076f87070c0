// Command kube renders kustomizations and Helm charts, and judges what comes out as the
// API server of Kubernetes would: unknown and repeated keys, defaults, the server's
// own validation, and the Pod Security Standard "restricted". It asks no cluster.
//
// kubeconform with the schemas of Kubernetes does not replace it: of the 19
// broken manifests in main_test.go that break no rule of Pod Security, those
// schemas accept 15.
//
//	kube DIR...
package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"k8s.io/apimachinery/pkg/runtime"
	"sigs.k8s.io/kustomize/api/krusty"
	"sigs.k8s.io/kustomize/kyaml/filesys"
)

func main() {
	if len(os.Args) < 2 {
		fmt.Fprintln(os.Stderr, "usage: kube DIR...")
		os.Exit(2)
	}
	failed := false
	for _, dir := range os.Args[1:] {
		if err := judge(os.Stdout, dir); err != nil {
			fmt.Fprintf(os.Stderr, "kube: %s: %v\n", dir, err)
			failed = true
		}
	}
	if failed {
		os.Exit(1)
	}
}

// manifest is an object as it was rendered.
type manifest struct {
	name string // kind and name
	text []byte // YAML
}

// judge says what a directory renders to, and everything that is wrong with it. A chart
// is rendered with each of its files ci/*-values.yaml.
func judge(w io.Writer, dir string) error {
	if _, err := os.Stat(filepath.Join(dir, "Chart.yaml")); err != nil {
		rendered, err := kustomize(dir)
		if err != nil {
			return err
		}
		return judgeAll(w, dir, rendered)
	}
	files, err := filepath.Glob(filepath.Join(dir, "ci", "*-values.yaml"))
	if err != nil || len(files) == 0 {
		return fmt.Errorf("the chart has no ci/*-values.yaml (%w)", err)
	}
	for _, file := range files {
		rendered, err := chart(dir, file)
		if err == nil {
			err = judgeAll(w, file, rendered)
		}
		if err != nil {
			return fmt.Errorf("%s: %w", filepath.Base(file), err)
		}
	}
	return nil
}

func kustomize(dir string) ([]manifest, error) {
	rendered, err := krusty.MakeKustomizer(krusty.MakeDefaultOptions()).Run(filesys.MakeFsOnDisk(), dir)
	if err != nil {
		return nil, err
	}
	var manifests []manifest
	for _, r := range rendered.Resources() {
		text, err := r.AsYAML()
		if err != nil {
			return nil, err
		}
		manifests = append(manifests, manifest{r.GetKind() + " " + r.GetName(), text})
	}
	return manifests, nil
}

func judgeAll(w io.Writer, from string, rendered []manifest) error {
	var objects []runtime.Object
	var problems []error
	for _, r := range rendered {
		object, err := decode(r.text)
		if err == nil {
			err = validate(object)
		}
		if err != nil {
			problems = append(problems, fmt.Errorf("%s: %w", r.name, err))
			continue
		}
		objects = append(objects, object)
		if _, err := fmt.Fprintf(w, "%s: %s\n", from, r.name); err != nil {
			return err
		}
	}
	pods := 0
	for _, object := range objects {
		if template := template(object); template != nil {
			pods++
			problems = append(problems, secure(template), present(template, objects))
		}
	}
	if pods == 0 && len(problems) == 0 {
		problems = append(problems, errors.New("it runs nothing"))
	}
	return errors.Join(problems...)
}
