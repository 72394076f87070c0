package main

import (
	"errors"
	"fmt"
	"regexp"
	"slices"

	appsv1 "k8s.io/api/apps/v1"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/pod-security-admission/api"
	"k8s.io/pod-security-admission/policy"
)

var pinned = regexp.MustCompile(`^[^/]+\.[^/]+/.+[:@][^/]+$`)

// template is the pod that an object makes, or nil.
func template(object runtime.Object) *corev1.PodTemplateSpec {
	switch o := object.(type) {
	case *appsv1.Deployment:
		return &o.Spec.Template
	case *batchv1.CronJob:
		return &o.Spec.JobTemplate.Spec.Template
	case *batchv1.Job:
		return &o.Spec.Template
	}
	return nil
}

// secure holds a pod to the strictest of the Pod Security Standards, and to
// what it leaves open: the disk of the container, and how much it may take.
func secure(pod *corev1.PodTemplateSpec) error {
	evaluator, err := policy.NewEvaluator(policy.DefaultChecks(), nil)
	if err != nil {
		return err
	}
	restricted := api.LevelVersion{Level: api.LevelRestricted, Version: api.LatestVersion()}
	result := policy.AggregateCheckResults(evaluator.EvaluatePod(restricted, &pod.ObjectMeta, &pod.Spec))
	if !result.Allowed {
		return fmt.Errorf("restricted: %s: %s", result.ForbiddenReason(), result.ForbiddenDetail())
	}
	if mounted := pod.Spec.AutomountServiceAccountToken; mounted == nil || *mounted {
		return errors.New("the pod gets a token for Kubernetes, which it does not need")
	}
	for _, c := range pod.Spec.Containers {
		if !pinned.MatchString(c.Image) {
			return fmt.Errorf("container %s: the image %q names no registry, or no version", c.Name, c.Image)
		}
		if c.SecurityContext.ReadOnlyRootFilesystem == nil || !*c.SecurityContext.ReadOnlyRootFilesystem {
			return fmt.Errorf("container %s may write to its root", c.Name)
		}
		if c.Resources.Limits.Memory().IsZero() || c.Resources.Limits.Cpu().IsZero() {
			return fmt.Errorf("container %s may take all memory, or all processors", c.Name)
		}
		for _, e := range c.Env {
			if e.ValueFrom != nil && e.ValueFrom.SecretKeyRef != nil {
				return fmt.Errorf("container %s has a secret in its environment (%s): it belongs in a file", c.Name, e.Name)
			}
		}
	}
	return nil
}

// present looks for what the pod mounts among what is rendered with it. The
// secret is the admin's own.
func present(pod *corev1.PodTemplateSpec, objects []runtime.Object) error {
	for _, v := range pod.Spec.Volumes {
		name := ""
		switch {
		case v.ConfigMap != nil:
			name = v.ConfigMap.Name
		case v.PersistentVolumeClaim != nil:
			name = v.PersistentVolumeClaim.ClaimName
		default:
			continue
		}
		if !slices.ContainsFunc(objects, func(o runtime.Object) bool {
			m, err := meta.Accessor(o)
			return err == nil && m.GetName() == name
		}) {
			return fmt.Errorf("volume %s: there is no %s", v.Name, name)
		}
	}
	return nil
}
