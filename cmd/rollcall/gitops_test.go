package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/goccy/go-yaml"

	"rollcall/.ci/suite"
)

const gitops = "../../deploy/gitops/"

// workflow is the part of a workflow of GitHub Actions that its steps need.
type workflow struct {
	Permissions map[string]string `yaml:"permissions"`
	Jobs        map[string]struct {
		If, Environment string
		Permissions     map[string]string
		Outputs         map[string]string
		Steps           []workflowStep
	}
}

type workflowStep struct {
	ID, Uses, Run string
	Env           map[string]string
}

func readWorkflow(t *testing.T) *workflow {
	t.Helper()
	var w workflow
	if err := yaml.Unmarshal([]byte(read(t, gitops+"workflow.yaml")), &w); err != nil {
		t.Fatal(err)
	}
	return &w
}

// fakeGitHub keeps the comments of one pull request.
type fakeGitHub struct {
	mu       sync.Mutex
	comments []map[string]any
	asked    []string
}

func (g *fakeGitHub) add(login, body string) {
	g.comments = append(g.comments, map[string]any{"id": len(g.comments) + 1, "body": body, "user": map[string]any{"login": login}})
}

func (g *fakeGitHub) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.asked = append(g.asked, r.Method+" "+r.URL.Path)
	if r.Header.Get("Authorization") != "Bearer ghs_of_the_job" {
		http.Error(w, "no such token", http.StatusUnauthorized)
		return
	}
	var sent struct{ Body string }
	switch id := strings.TrimPrefix(r.URL.Path, "/repos/corp/access/issues/comments/"); {
	case r.Method == http.MethodGet && r.URL.Path == "/repos/corp/access/issues/7/comments":
		page, _ := strconv.Atoi(r.URL.Query().Get("page")) // no number is page 0, which is empty
		from, to := min((page-1)*100, len(g.comments)), min(page*100, len(g.comments))
		_ = json.NewEncoder(w).Encode(g.comments[from:to])
	case json.NewDecoder(r.Body).Decode(&sent) != nil:
		http.Error(w, "no JSON", http.StatusBadRequest)
	case r.Method == http.MethodPost && r.URL.Path == "/repos/corp/access/issues/7/comments":
		g.add("github-actions[bot]", sent.Body)
		w.WriteHeader(http.StatusCreated)
	case r.Method == http.MethodPatch && id != r.URL.Path:
		n, _ := strconv.Atoi(id) // no number is no comment
		g.comments[n-1]["body"] = sent.Body
	default:
		http.NotFound(w, r)
	}
}

func (g *fakeGitHub) ours() (bodies []string) {
	for _, c := range g.comments {
		if user, _ := c["user"].(map[string]any); user["login"] == "github-actions[bot]" {
			bodies = append(bodies, fmt.Sprint(c["body"]))
		}
	}
	return bodies
}

// gitopsWorld is a repository with a configuration, and what a runner gives its steps.
type gitopsWorld struct {
	*reader
	w      *workflow
	github *fakeGitHub
	values map[string]string
}

func newGitopsWorld(t *testing.T) *gitopsWorld {
	t.Helper()
	if suite.Short(t) {
		t.Skip("each job of the workflow starts a dozen programs")
	}
	for _, program := range []string{"git", "jq", "curl", "bash"} {
		if _, err := exec.LookPath(program); err != nil {
			suite.Skip(t, program, err.Error())
		}
	}
	r := newReadmeWorld(t)
	g := &gitopsWorld{reader: r, w: readWorkflow(t), github: &fakeGitHub{}}
	if err := os.Mkdir(filepath.Join(r.dir, ".github"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(r.dir, ".github", "rollcall-pull-request"), []byte(read(t, gitops+"rollcall-pull-request")), 0o700); err != nil { //nolint:gosec // a script
		t.Fatal(err)
	}
	g.cases("org:member")
	r.run("git init -q && git add rollcall.yaml cases.yaml people.csv .github && git -c user.name=a -c user.email=a@corp.example commit -qm base", 0)
	server := httptest.NewServer(g.github)
	t.Cleanup(server.Close)
	g.values = map[string]string{"steps.compare.outputs.comment": "", "needs.compare.outputs.comment": "", "github.event.pull_request.number": "7",
		"github.event.pull_request.base.sha": "HEAD", "secrets.CLERK_SECRET_KEY": r.key, "github.token": "ghs_of_the_job"}
	r.exports = append(r.exports, "GITHUB_API_URL="+server.URL, "GITHUB_REPOSITORY=corp/access", "GITHUB_OUTPUT="+filepath.Join(r.dir, "output"), "GITHUB_STEP_SUMMARY="+filepath.Join(r.dir, "summary"))
	r.exports = slices.DeleteFunc(r.exports, func(e string) bool { return strings.HasPrefix(e, "CLERK_SECRET_KEY=") })
	return g
}

func (g *gitopsWorld) cases(role string) {
	writeFiles(g.t, g.dir, map[string]string{"cases.yaml": "cases: [{who: ben@corp.example, expect: [{organization: acme, role: " + role + "}]}]\n"})
}

var expression = regexp.MustCompile(`\$\{\{ *([^ }]*) *\}\}`)

// job runs the steps of a job as a runner does, and wants this exit code of the last.
func (g *gitopsWorld) job(name string, want int, state string) {
	g.t.Helper()
	ran := 0
	_ = os.Remove(filepath.Join(g.dir, "output")) // it may not be there
	for _, step := range g.w.Jobs[name].Steps {
		if step.Run == "" {
			continue
		}
		ran++
		cmd := g.command(g.t.Context(), "exec bash -e -c '"+step.Run+"'")
		for key, value := range step.Env {
			value = expression.ReplaceAllStringFunc(value, func(found string) string {
				of := expression.FindStringSubmatch(found)[1]
				known, ok := g.values[of]
				if !ok {
					g.t.Errorf("the workflow asks for %s", of)
				}
				return known
			})
			if key == "STATE" {
				value = state
			}
			cmd.Env = append(cmd.Env, key+"="+value)
		}
		g.dateFiles()
		var out bytes.Buffer
		cmd.Stdout, cmd.Stderr = &out, &out
		_ = cmd.Run() // the exit code is what is looked at
		if got := cmd.ProcessState.ExitCode(); got != want {
			g.t.Fatalf("%s: exit code %d, want %d\n%s", name, got, want, &out)
		}
	}
	if ran == 0 {
		g.t.Fatalf("job %s has no step", name)
	}
	if text, err := os.ReadFile(filepath.Join(g.dir, "output")); err == nil {
		head, rest, _ := strings.Cut(string(text), "\n")
		g.values["needs.compare.outputs.comment"] = strings.TrimSuffix(rest, "\n"+strings.TrimPrefix(head, "comment<<")+"\n")
	}
}

func (g *gitopsWorld) edit(from, to string) {
	g.t.Helper()
	text := read(g.t, filepath.Join(g.dir, "rollcall.yaml"))
	if !strings.Contains(text, from) {
		g.t.Fatalf("rollcall.yaml has no %s", from)
	}
	writeFiles(g.t, g.dir, map[string]string{"rollcall.yaml": strings.ReplaceAll(text, from, to)})
}

// The steps of the workflow test, compare and comment; the second time they update the
// comment, and not that of somebody who has copied the marker.
func TestWorkflowKeepsOneComment(t *testing.T) {
	t.Parallel()
	g := newGitopsWorld(t)
	g.github.add("mallory", "<!-- rollcall pull request -->\nnothing to see")
	for range 120 {
		g.github.add("somebody", "a comment")
	}
	g.edit("role: org:member", "role: org:admin")
	g.job("compare", 1, "none")
	g.job("comment", 0, "")
	bodies := g.github.ours()
	if len(bodies) != 1 {
		t.Fatalf("%d comments", len(bodies))
	}
	for _, want := range []string{"<!-- rollcall pull request -->\n", "**Cases failed, with exit code 1.**", "    FAILED cases.yaml:1:10: ben@corp.example",
		"## rollcall diff", "rollcall.yaml instead of the file before: Nobody loses access. 3 people become admin", "## rollcall plan", "org:member → org:admin"} {
		if !strings.Contains(bodies[0], want) {
			t.Errorf("the comment does not say %q:\n%s", want, bodies[0])
		}
	}
	if strings.Contains(bodies[0], g.key) || strings.Contains(bodies[0], "--state") || strings.Contains(bodies[0], "rollcall-before") {
		t.Errorf("the comment has a name of the job, or the key:\n%s", bodies[0])
	}

	g.cases("org:admin")
	g.job("compare", 0, "none")
	g.job("comment", 0, "")
	if bodies = g.github.ours(); len(bodies) != 1 || !strings.Contains(bodies[0], "**All cases hold.** 1 of 1 case holds.") {
		t.Errorf("the second time: %q", bodies)
	}
	if mallory := g.github.comments[0]["body"]; mallory != "<!-- rollcall pull request -->\nnothing to see" {
		t.Errorf("the comment of somebody else was changed: %s", mallory)
	}
}

// The state directory is only read, and no request but reads is sent to Clerk.
func TestWorkflowOnlyReads(t *testing.T) {
	t.Parallel()
	g := newGitopsWorld(t)
	states, err := filepath.Glob(filepath.Join(g.dir, ".local", "state", "rollcall*"))
	if err != nil || len(states) != 1 {
		t.Fatal(states, err)
	}
	g.exports = append(g.exports, "CLERK_SECRET_KEY=")
	sum := "sha256sum " + states[0] + "/*; ls -l --time-style=full-iso " + states[0]
	g.run(sum, 0)
	before := g.last
	g.run("curl -fsS 'http://"+g.address+"/_sandbox/requests?writes=true'", 0)
	writes := g.last
	g.edit("role: org:member", "role: org:admin")
	g.cases("org:admin")
	g.job("compare", 0, states[0])
	g.run(sum, 0)
	if g.last != before {
		t.Errorf("the state has changed:\n%s\n%s", before, g.last)
	}
	g.run("curl -fsS 'http://"+g.address+"/_sandbox/requests?writes=true'", 0)
	if g.last != writes {
		t.Errorf("something was written to Clerk: %s", g.last)
	}
	if comment := g.values["needs.compare.outputs.comment"]; strings.Contains(comment, "No state directory") {
		t.Errorf("the state was not used:\n%s", comment)
	}
}

// A pull request cannot send the key to another address: two files with different ones
// are refused before anything is sent (S38).
func TestS38WorkflowSendsTheKeyNowhereElse(t *testing.T) {
	t.Parallel()
	g := newGitopsWorld(t)
	var mu sync.Mutex
	stolen := 0
	thief := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		stolen++
	}))
	defer thief.Close()
	g.edit("http://"+g.address, thief.URL)
	g.job("compare", 1, "none")
	if comment := g.values["needs.compare.outputs.comment"]; stolen != 0 || !strings.Contains(comment, "different Clerk keys or addresses") {
		t.Errorf("%d requests\n%s", stolen, comment)
	}
}

// Each job has what it needs and no more: the key and the right to write are never in
// one job, and a fork starts nothing.
func TestWorkflowHasTheLeastSecrets(t *testing.T) {
	t.Parallel()
	w := readWorkflow(t)
	if w.Permissions == nil || len(w.Permissions) > 0 || len(w.Jobs) != 2 {
		t.Errorf("%+v", w)
	}
	compare, comment := w.Jobs["compare"], w.Jobs["comment"]
	if fmt.Sprint(compare.Permissions) != "map[contents:read]" || compare.Environment == "" || !strings.Contains(compare.If, "head.repo.full_name == github.repository") {
		t.Errorf("compare: %+v", compare)
	}
	if fmt.Sprint(comment.Permissions) != "map[contents:read pull-requests:write]" || comment.Environment != "" {
		t.Errorf("comment: %+v", comment)
	}
	for name, job := range w.Jobs {
		for _, step := range job.Steps {
			if strings.Contains(step.Run, "${{") {
				t.Errorf("%s: a value becomes a part of a script: %s", name, step.Run)
			}
			for key, value := range step.Env {
				secret, token := strings.Contains(value, "secrets."), strings.Contains(value, "github.token")
				if secret && (name != "compare" || key != "CLERK_SECRET_KEY") || token && name != "comment" {
					t.Errorf("%s: %s is %s", name, key, value)
				}
			}
		}
	}
}
