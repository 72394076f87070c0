// Command kube renders kustomizations and judges what comes out as the API
// server of Kubernetes would: unknown and repeated keys, defaults, the server's
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

// judge says what a directory renders to, and everything that is wrong with it.
func judge(w io.Writer, dir string) error {
	rendered, err := krusty.MakeKustomizer(krusty.MakeDefaultOptions()).Run(filesys.MakeFsOnDisk(), dir)
	if err != nil {
		return err
	}
	var objects []runtime.Object
	var problems []error
	for _, r := range rendered.Resources() {
		text, err := r.AsYAML()
		if err != nil {
			return err
		}
		object, err := decode(text)
		if err == nil {
			err = validate(object)
		}
		if err != nil {
			problems = append(problems, fmt.Errorf("%s %s: %w", r.GetKind(), r.GetName(), err))
			continue
		}
		objects = append(objects, object)
		if _, err := fmt.Fprintf(w, "%s: %s %s\n", dir, r.GetKind(), r.GetName()); err != nil {
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
