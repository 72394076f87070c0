package main

import (
	"io"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"sigs.k8s.io/yaml"
)

const chartDir = "../../kubernetes/chart"

// rendered are the objects of the chart by kind, with the values of a test.
func rendered(t *testing.T, values string) (map[string]map[string]any, error) {
	t.Helper()
	var given map[string]any
	if err := yaml.Unmarshal([]byte(values), &given); err != nil {
		t.Fatal(err)
	}
	manifests, err := render(chartDir, given)
	return objects(t, manifests), err
}

func objects(t *testing.T, manifests []manifest) map[string]map[string]any {
	t.Helper()
	all := map[string]map[string]any{}
	for _, m := range manifests {
		var object map[string]any
		if err := yaml.Unmarshal(m.text, &object); err != nil {
			t.Fatal(err)
		}
		all[object["kind"].(string)] = object
	}
	return all
}

// at is what an object has under a path of keys; a number stands for an entry of a list.
func at(object any, path string) any {
	for key := range strings.SplitSeq(path, ".") {
		switch o := object.(type) {
		case map[string]any:
			object = o[key]
		case []any:
			object = o[int(key[0]-'0')]
		default:
			return nil
		}
	}
	return object
}

const atLeast = "{config: 'a: 1', image: {repository: registry.corp.example/rollcall}}"

// What the chart runs is what the kustomizations run: pods differ in labels and in the
// checksum of the configuration, which kustomize writes into its name.
func TestChartRunsWhatTheOverlaysRun(t *testing.T) {
	for _, c := range []struct{ overlay, values, kind, template string }{
		{"serve", atLeast, "Deployment", "spec.template"},
		{"cronjob", strings.Replace(atLeast, "{", "{mode: cronjob, ", 1), "CronJob", "spec.jobTemplate.spec.template"},
	} {
		manifests, err := kustomize("../../kubernetes/overlays/" + c.overlay)
		if err != nil {
			t.Fatal(err)
		}
		chart, err := rendered(t, c.values)
		if err != nil {
			t.Fatal(err)
		}
		want, got := at(objects(t, manifests)[c.kind], c.template+".spec"), at(chart[c.kind], c.template+".spec")
		forget := func(pod any) {
			pod.(map[string]any)["affinity"] = nil // by labels
			for _, v := range at(pod, "volumes").([]any) {
				if config, is := at(v, "configMap").(map[string]any); is {
					config["name"] = ""
				}
			}
		}
		forget(want)
		forget(got)
		if want == nil || !reflect.DeepEqual(want, got) {
			t.Errorf("%s:\n%v\nand the chart:\n%v", c.overlay, want, got)
		}
		if schedule := at(objects(t, manifests)[c.kind], "spec.schedule"); schedule != at(chart[c.kind], "spec.schedule") {
			t.Errorf("the overlay runs at %v", schedule)
		}
	}
}

// Each value arrives where it belongs, and a changed configuration starts a new pod.
func TestChartTakesValues(t *testing.T) {
	text, err := os.ReadFile(filepath.Join(chartDir, "ci", "cronjob-values.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	all, err := rendered(t, string(text)+"config: 'text'\n")
	if err != nil {
		t.Fatal(err)
	}
	const pod = "spec.jobTemplate.spec.template.spec."
	for _, c := range []struct {
		kind, path string
		want       any
	}{
		{"ConfigMap", "data", map[string]any{"rollcall.yaml": "text", "people.csv": "employee_no,email,teams\n"}},
		{"PersistentVolumeClaim", "spec.resources.requests.storage", "2Gi"},
		{"PersistentVolumeClaim", "spec.storageClassName", "fast"},
		{"PersistentVolumeClaim", "metadata.annotations", map[string]any{"helm.sh/resource-policy": "keep"}},
		{"CronJob", "spec.schedule", "7 3 * * *"},
		{"CronJob", "spec.timeZone", "Europe/Berlin"},
		{"CronJob", pod + "imagePullSecrets.0.name", "registry"},
		{"CronJob", pod + "containers.0.image", "registry.corp.example/other:9.8.7"},
		{"CronJob", pod + "containers.0.resources.limits.memory", "512Mi"},
		{"CronJob", pod + "volumes.1.secret.secretName", "other-secret"},
	} {
		if got := at(all[c.kind], c.path); !reflect.DeepEqual(got, c.want) {
			t.Errorf("%s %s: %v, want %v", c.kind, c.path, got, c.want)
		}
	}
	if all["Service"] != nil || all["NetworkPolicy"] != nil {
		t.Error("a CronJob has a service")
	}
	const sum = "spec.template.metadata.annotations"
	one, _ := rendered(t, atLeast)
	two, _ := rendered(t, strings.Replace(atLeast, "a: 1", "a: 2", 1))
	if at(one["Deployment"], sum) == nil || reflect.DeepEqual(at(one["Deployment"], sum), at(two["Deployment"], sum)) {
		t.Error("a changed configuration starts no pod")
	}
	if image := at(one["Deployment"], "spec.template.spec.containers.0.image"); image != "registry.corp.example/rollcall:VERSION" {
		t.Errorf("without a tag, the image is %v", image)
	}
	other, _ := rendered(t, strings.Replace(atLeast, "{", "{prometheusNamespace: other, ", 1))
	if got := at(other["NetworkPolicy"], "spec.ingress.0.from.0.namespaceSelector.matchLabels"); !reflect.DeepEqual(got, map[string]any{"kubernetes.io/metadata.name": "other"}) {
		t.Errorf("the network policy lets %v in", got)
	}
}

// Values that nobody could mean are refused before anything is installed.
func TestChartRefusesValues(t *testing.T) {
	for values, want := range map[string]string{
		"{image: {repository: a.example/b}}":                     "config",
		"{config: a}":                                            "repository",
		strings.Replace(atLeast, "{", "{mode: daemon, ", 1):      "mode",
		strings.Replace(atLeast, "{", "{replicas: 2, ", 1):       "replicas",
		strings.Replace(atLeast, "{", "{storage: {siz: 1}, ", 1): "siz",
	} {
		if _, err := rendered(t, values); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", values, err)
		}
	}
}

// The chart itself is judged as the overlays are: a pod that may be root is refused.
func TestBrokenChartsAreRefused(t *testing.T) {
	dir := t.TempDir()
	if err := os.CopyFS(dir, os.DirFS("../../kubernetes")); err != nil {
		t.Fatal(err)
	}
	values := filepath.Join(dir, "chart", "ci", "serve-values.yaml")
	change := func(text, want string) {
		t.Helper()
		if err := os.WriteFile(values, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := judge(io.Discard, filepath.Join(dir, "chart")); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", text, err, want)
		}
	}
	change("{image: {repository: rollcall}}", "names no registry")
	change("{image: {repository: a.example/b}, resources: {limits: {cpu: 1}}}", "all memory")
	change("{image: {repository: a.example/b}, storage: {size: 1Gigs}}", "quantities")
	template := filepath.Join(dir, "overlays", "serve", "deployment.yaml")
	text, err := os.ReadFile(template)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(template, []byte(strings.Replace(string(text), "runAsNonRoot: true", "runAsNonRoot: false", 1)), 0o600); err != nil {
		t.Fatal(err)
	}
	change("{image: {repository: a.example/b}}", "restricted: ")
}
