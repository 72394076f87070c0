package main

import (
	"fmt"

	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/serializer/json"
	"k8s.io/apimachinery/pkg/util/validation/field"
	"k8s.io/kubernetes/pkg/api/legacyscheme"
	"k8s.io/kubernetes/pkg/apis/apps"
	_ "k8s.io/kubernetes/pkg/apis/apps/install" // what the server knows of each group
	appsvalidation "k8s.io/kubernetes/pkg/apis/apps/validation"
	"k8s.io/kubernetes/pkg/apis/batch"
	_ "k8s.io/kubernetes/pkg/apis/batch/install"
	batchvalidation "k8s.io/kubernetes/pkg/apis/batch/validation"
	"k8s.io/kubernetes/pkg/apis/core"
	_ "k8s.io/kubernetes/pkg/apis/core/install"
	corevalidation "k8s.io/kubernetes/pkg/apis/core/validation"
	"k8s.io/kubernetes/pkg/apis/networking"
	_ "k8s.io/kubernetes/pkg/apis/networking/install"
	networkvalidation "k8s.io/kubernetes/pkg/apis/networking/validation"
)

// decode takes no key that Kubernetes does not know, and none twice.
func decode(text []byte) (runtime.Object, error) {
	scheme := legacyscheme.Scheme
	strict := json.NewSerializerWithOptions(json.DefaultMetaFactory, scheme, scheme, json.SerializerOptions{Yaml: true, Strict: true})
	object, _, err := strict.Decode(text, nil, nil)
	return object, err
}

// validate is what the server does with a new object: it fills in defaults, and
// refuses what does not fit together.
func validate(object runtime.Object) error {
	full := object.DeepCopyObject()
	legacyscheme.Scheme.Default(full)
	internal, err := legacyscheme.Scheme.UnsafeConvertToVersion(full, runtime.InternalGroupVersioner)
	if err != nil {
		return err
	}
	problems, err := problems(internal)
	if err != nil {
		return err
	}
	if err := problems.ToAggregate(); err != nil {
		return err
	}
	return nil
}

func problems(internal runtime.Object) (field.ErrorList, error) {
	pods := corevalidation.PodValidationOptions{}
	switch o := internal.(type) {
	case *core.Namespace:
		return corevalidation.ValidateNamespace(o), nil
	case *core.ConfigMap:
		return corevalidation.ValidateConfigMap(o), nil
	case *core.PersistentVolumeClaim:
		return corevalidation.ValidatePersistentVolumeClaim(o, corevalidation.PersistentVolumeClaimSpecValidationOptions{}), nil
	case *core.Service:
		return corevalidation.ValidateServiceCreate(o), nil
	case *apps.Deployment:
		return appsvalidation.ValidateDeployment(o, pods), nil
	case *batch.CronJob:
		return batchvalidation.ValidateCronJobCreate(o, pods), nil
	case *batch.Job:
		// A Job gets its selector from the server, as those of a CronJob do.
		cron := &batch.CronJob{ObjectMeta: o.ObjectMeta, Spec: batch.CronJobSpec{Schedule: "@daily",
			ConcurrencyPolicy: batch.ForbidConcurrent, JobTemplate: batch.JobTemplateSpec{Spec: o.Spec}}}
		return batchvalidation.ValidateCronJobCreate(cron, pods), nil
	case *networking.NetworkPolicy:
		return networkvalidation.ValidateNetworkPolicy(o, networkvalidation.NetworkPolicyValidationOptions{}), nil
	}
	return nil, fmt.Errorf("no check is known for %T", internal)
}
