package main

import (
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const (
	deployment = "overlays/serve/deployment.yaml"
	network    = "overlays/serve/network.yaml"
	cronjob    = "overlays/cronjob/cronjob.yaml"
	state      = "base/state.yaml"
)

// judgeWith judges the manifests of deploy/kubernetes after one replacement.
func judgeWith(t *testing.T, file, before, after string) error {
	t.Helper()
	dir := t.TempDir()
	if err := os.CopyFS(dir, os.DirFS("../../kubernetes")); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, file)
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(text), before) {
		t.Fatalf("%s has no %q", file, before)
	}
	if err := os.WriteFile(path, []byte(strings.Replace(string(text), before, after, 1)), 0o600); err != nil {
		t.Fatal(err)
	}
	overlay := filepath.Dir(file)
	if overlay == "base" {
		overlay = "overlays/serve"
	}
	return judge(io.Discard, filepath.Join(dir, overlay))
}

// The JSON schemas of Kubernetes refuse the first group only. The last group is
// about Pod Security, and what goes beyond it.
func TestBrokenManifestsAreRefused(t *testing.T) {
	for _, c := range []struct{ name, file, before, after, want string }{
		{"unknown key", deployment, "revisionHistoryLimit", "revisionsHistoryLimit", `unknown field "spec.revisionsHistoryLimit"`},
		{"wrong type", deployment, "replicas: 1", "replicas: one", "replicas"},
		{"key twice", deployment, "  replicas: 1\n", "  replicas: 1\n  replicas: 2\n", "replicas"},
		{"no template", deployment, "  template:", "  strategies:", "strategies"},

		{"selector matches no pod", deployment, "component: service", "component: other", "spec.template.metadata.labels"},
		{"schedule", cronjob, "*/15 * * * *", "*/15 * * *", "spec.schedule"},
		{"time zone", cronjob, "Etc/UTC", "Etc/Nowhere", "spec.timeZone"},
		{"concurrency policy", cronjob, "Forbid", "Forbidden", "spec.concurrencyPolicy"},
		{"restart policy of a job", cronjob, "restartPolicy: Never", "restartPolicy: Always", "restartPolicy"},
		{"negative number", cronjob, "backoffLimit: 0", "backoffLimit: -1", "backoffLimit"},
		{"mount without a volume", deployment, "{name: tmp, mountPath", "{name: temp, mountPath", "volumeMounts[3].name"},
		{"two mounts at one path", deployment, "mountPath: /tmp", "mountPath: /etc/rollcall", "must be unique"},
		{"request over the limit", deployment, "requests: {cpu: 100m", "requests: {cpu: 4", "cpu limit"},
		{"quantity", deployment, "memory: 1Gi", "memory: 1Gigs", "quantities"},
		{"port", network, "port: 4910, ", "port: 491000, ", "65535"},
		{"strategy", deployment, "{type: Recreate}", "{type: Recreate, rollingUpdate: {maxSurge: 1}}", "rollingUpdate"},
		{"name", deployment, "  name: rollcall", "  name: Roll_Call", "metadata.name"},
		{"access mode", state, "ReadWriteOnce", "ReadWriteTwice", "accessModes"},
		{"port of a probe", deployment, "port: http}", "port: HTTP_PORT}", "port"},

		{"runs as root", deployment, "runAsNonRoot: true", "runAsNonRoot: false", "restricted: "},
		{"token", deployment, "automountServiceAccountToken: false", "automountServiceAccountToken: true", "token"},
		{"image without a registry", "base/kustomization.yaml", "registry.corp.example/rollcall", "rollcall", "names no registry"},
		{"writable root", deployment, "readOnlyRootFilesystem: true", "readOnlyRootFilesystem: false", "may write to its root"},
		{"no limit", deployment, "limits: {cpu: \"2\", memory: 1Gi}", "limits: {cpu: \"2\"}", "all memory"},
		{"secret in the environment", deployment, "{name: CREDENTIALS_DIRECTORY, value: /run/secrets/rollcall}",
			"{name: KEY, valueFrom: {secretKeyRef: {name: rollcall, key: key}}}", "belongs in a file"},
		{"claim that does not exist", deployment, "claimName: rollcall-state", "claimName: rollcall-status", "there is no rollcall-status"},
		{"configuration that does not exist", deployment, "configMap: {name: rollcall}", "configMap: {name: other}", "there is no other"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if err := judgeWith(t, c.file, c.before, c.after); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want %q", err, c.want)
			}
		})
	}
}

func TestManifestsAreAccepted(t *testing.T) {
	for _, file := range []string{deployment, network, cronjob, state} {
		if err := judgeWith(t, file, "\n", "\n# a comment\n"); err != nil {
			t.Errorf("%s: %v", file, err)
		}
	}
}
