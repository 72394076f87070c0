package main

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"rollcall/.ci/suite"
)

const recipes = "../../deploy/recipes"

// recipeStage plays the service of a recipe: the people of a day in pages of three.
type recipeStage struct {
	*faultWorld
	url string
	day atomic.Int32
	// broken is what is wrong with the second page; "" is nothing.
	broken atomic.Value
}

// recipe is a script of deploy/recipes, and how its service answers.
type recipe struct {
	name, secret string
	// args are its arguments, and variables what it is given beside them.
	args, variables func(url string) []string
	// answer is what the service says to a request: a page of people, or something else.
	answer func(s *recipeStage, r *http.Request) any
	// breaks are the ways in which its second page can be broken.
	breaks []string
}

// pageOf has the people of a page, from 0, and whether another one follows.
func (s *recipeStage) pageOf(n int) (people []string, more bool) {
	pages := slices.Collect(slices.Chunk(faultPeople(int(s.day.Load())), 3))
	return pages[n], n+1 < len(pages)
}

type jsonObject map[string]any

func webRecipes() []recipe {
	none := func(string) []string { return nil }
	breaks := []string{"cut", "503", "no JSON", "another answer", "an empty object", "redirected"}
	return []recipe{
		{
			name: "entra", secret: "entra-secret", answer: answerEntra, breaks: append(slices.Clone(breaks), "next elsewhere"),
			args:      func(string) []string { return []string{"tenant", "client", "staff=g1"} },
			variables: func(url string) []string { return []string{"ENTRA_LOGIN=" + url, "ENTRA_GRAPH=" + url} },
		},
		{
			name: "google", secret: "google-key", answer: answerGoogle, breaks: breaks,
			args: func(string) []string { return []string{"admin@corp.example", "staff"} },
			variables: func(url string) []string {
				return []string{"GOOGLE_LOGIN=" + url, "GOOGLE_ADMIN=" + url, "PYTHONOPTIMIZE=1"}
			},
		},
		{
			name: "okta", secret: "okta-token", answer: answerOkta, breaks: append(slices.Clone(breaks), "next elsewhere"),
			args: func(url string) []string { return []string{url, "staff=g1"} }, variables: none,
		},
		{
			name: "hr-api", secret: "hr-token", answer: answerHR, breaks: append(slices.Clone(breaks), "a person comes twice", "another total"),
			args: func(url string) []string { return []string{url + "/employees"} }, variables: none,
		},
	}
}

// answerEntra answers as Microsoft Graph does. A nested group and a disabled account
// are among the members.
func answerEntra(s *recipeStage, r *http.Request) any {
	switch {
	case strings.HasSuffix(r.URL.Path, "/token"):
		s.want(r.FormValue("client_secret"), "planted-secret")
		return jsonObject{"access_token": "planted-token"}
	case r.URL.Path == "/v1.0/groups/g1": // its owner has changed the name
		return jsonObject{"displayName": "admins"}
	}
	n := len(r.URL.Query().Get("$skiptoken"))
	people, more := s.pageOf(n)
	answer := []jsonObject{
		{"@odata.type": "#microsoft.graph.group", "id": "nested"},
		{"@odata.type": "#microsoft.graph.user", "id": "off", "mail": "off@corp.example", "givenName": nil, "surname": nil, "accountEnabled": false},
	}
	for _, p := range people {
		answer = append(answer, jsonObject{"@odata.type": "#microsoft.graph.user", "id": p, "mail": p + "@corp.example", "givenName": p, "surname": "Ämter, \"x\"", "accountEnabled": true})
	}
	page := jsonObject{"value": answer}
	if more {
		page["@odata.nextLink"] = s.next(n, s.url+"/v1.0/groups/g1/transitiveMembers?$skiptoken="+strings.Repeat("x", n+1))
	}
	return page
}

// answerGoogle answers as the Directory API does, with a nested group and a
// suspended account.
func answerGoogle(s *recipeStage, r *http.Request) any {
	if r.URL.Path == "/token" {
		if parts := strings.Split(r.FormValue("assertion"), "."); len(parts) != 3 || len(parts[2]) < 300 {
			s.Errorf("the assertion has no signature: %q", parts)
		}
		return jsonObject{"access_token": "planted-token"}
	}
	n := len(r.URL.Query().Get("pageToken"))
	people, more := s.pageOf(n)
	members := []jsonObject{{"id": "nested", "email": "nested@corp.example", "type": "GROUP"}, {"id": "off", "email": "off@corp.example", "type": "USER", "status": "SUSPENDED"}}
	for _, p := range people {
		members = append(members, jsonObject{"id": p, "email": p + "@corp.example", "type": "USER", "status": "ACTIVE"})
	}
	page := jsonObject{"kind": "admin#directory#members", "members": members}
	if more {
		page["nextPageToken"] = strings.Repeat("x", n+1)
	}
	return page
}

// answerOkta answers as Okta does: the following page is named in a header.
func answerOkta(s *recipeStage, r *http.Request) any {
	if r.URL.Path == "/api/v1/groups/g1" { // somebody has changed the name
		return jsonObject{"profile": jsonObject{"name": "admins"}}
	}
	people, _ := s.pageOf(len(r.URL.Query().Get("after")))
	members := []jsonObject{{"id": "off", "status": "DEPROVISIONED", "profile": jsonObject{"email": "off@corp.example"}}}
	for _, p := range people {
		members = append(members, jsonObject{"id": p, "status": "ACTIVE", "profile": jsonObject{"email": p + "@corp.example", "firstName": p, "lastName": nil}})
	}
	return members
}

// answerHR answers as many systems of human resources do.
func answerHR(s *recipeStage, r *http.Request) any {
	var n int
	if _, err := fmt.Sscan(r.URL.Query().Get("page"), &n); err != nil {
		s.Error(err)
	}
	all := faultPeople(int(s.day.Load()))
	people, _ := s.pageOf(min(n-1, 2))
	total, broken := len(all), s.broken.Load()
	if n > 1 && broken == "a person comes twice" {
		people = append(all[:1:1], people[1:]...)
	}
	if n > 1 && broken == "another total" {
		total--
	}
	employees := []jsonObject{}
	for _, p := range people {
		employees = append(employees, jsonObject{"id": p, "email": p + "@corp.example", "status": "active", "department": "staff"})
	}
	return jsonObject{"total": total, "employees": employees}
}

func (s *recipeStage) want(got, want string) {
	s.Helper()
	if got != want {
		s.Errorf("the service got %q, want %q", got, want)
	}
}

// next is the address of the page behind page n, or one on another host.
func (s *recipeStage) next(n int, url string) string {
	if n == 1 && s.broken.Load() == "next elsewhere" {
		return strings.Replace(url, "127.0.0.1", "localhost", 1)
	}
	return url
}

// pageNumber is the page of people that a request asks for, from 0; -1 is another answer.
func pageNumber(r *http.Request) int {
	q := r.URL.Query()
	switch {
	case strings.HasSuffix(r.URL.Path, "/employees"):
		return int(q.Get("page")[0] - '1')
	case strings.HasSuffix(r.URL.Path, "embers"), strings.HasSuffix(r.URL.Path, "/users"):
		return len(q.Get("$skiptoken") + q.Get("pageToken") + q.Get("after"))
	}
	return -1
}

// serve answers one request, and breaks the second page.
func (s *recipeStage) serve(w http.ResponseWriter, r *http.Request, answer func(*recipeStage, *http.Request) any) {
	n := pageNumber(r)
	if r.Method == http.MethodGet && !strings.HasSuffix(r.Header.Get("Authorization"), " planted-token") {
		s.Errorf("%s came without the token", r.URL)
	}
	if strings.HasPrefix(r.Host, "localhost") {
		s.Errorf("%s was asked of another host", r.URL)
	}
	text, err := json.Marshal(answer(s, r))
	s.must(err)
	if strings.HasSuffix(r.URL.Path, "/users") && n < 2 {
		w.Header().Add("Link", `<`+s.url+`/self>; rel="self"`)
		w.Header().Add("Link", `<`+s.next(n, fmt.Sprintf("%s%s?after=%s", s.url, r.URL.Path, strings.Repeat("x", n+1)))+`>; rel="next"`)
	}
	if n == 1 {
		switch s.broken.Load() {
		case "cut":
			w.Header().Set("Content-Length", fmt.Sprint(len(text)))
			text = text[:len(text)/2]
		case "503":
			w.WriteHeader(http.StatusServiceUnavailable)
		case "no JSON":
			text = text[:len(text)-10]
		case "another answer":
			text = []byte(`{"error": "try later"}`)
		case "an empty object":
			text = []byte("{}")
		case "redirected":
			http.Redirect(w, r, "/sign-in", http.StatusFound)
			return
		}
	}
	_, _ = w.Write(text) // who is cut off sees it
}

// recipeSource has a recipe as the source.
func recipeSource(c *recipe) (func(*faultWorld), *recipeStage) {
	s := &recipeStage{}
	s.broken.Store("")
	return func(w *faultWorld) {
		s.faultWorld = w
		server := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
			if r.URL.Path == "/sign-in" { // where a redirect leads; urllib must not bring the token
				s.want(r.Header.Get("Authorization"), "")
				rw.WriteHeader(http.StatusUnauthorized)
				return
			}
			s.serve(rw, r, c.answer)
		}))
		w.Cleanup(server.Close)
		s.url = server.URL
		w.must(os.MkdirAll(w.path("credentials"), 0o700))
		w.write("credentials/"+c.secret, recipeSecret(w, c.secret))
		w.tomorrow = func() { s.day.Store(1); s.broken.Store("") }
		w.recipeKeys(c.name, append(c.variables(s.url), "CREDENTIALS_DIRECTORY="+w.path("credentials")), c.args(s.url))
	}, s
}

// recipeKeys is the csv key with a recipe.
func (w *faultWorld) recipeKeys(name string, variables, args []string) {
	script, err := filepath.Abs(filepath.Join(recipes, name))
	w.must(err)
	command := append([]string{"/usr/bin/env", "PATH=" + w.path("bin") + ":/usr/bin:/bin"}, variables...)
	list, err := json.Marshal(append(append(command, script), args...))
	w.must(err)
	w.yaml = fmt.Sprintf("    csv: {command: %s, end_marker: %q, columns: {id: id, email: email, groups: groups}}", list, "#end {rows}")
}

// recipeSecret is what the recipe finds in its file.
func recipeSecret(w *faultWorld, name string) string {
	switch name {
	case "entra-secret":
		return "planted-secret\n"
	case "google-key":
		key, err := rsa.GenerateKey(rand.Reader, 2048)
		w.must(err)
		der, err := x509.MarshalPKCS8PrivateKey(key)
		w.must(err)
		text, err := json.Marshal(jsonObject{"client_email": "rollcall@project.example", "private_key": string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}))})
		w.must(err)
		return string(text)
	}
	return "planted-token\n"
}

// needs skips a test where a program is missing.
func needs(t *testing.T, programs ...string) {
	t.Helper()
	for _, p := range programs {
		if _, err := exec.LookPath(p); err != nil {
			t.Skipf("%s is missing", p)
		}
	}
}

// Each recipe brings the people of all pages, and a page that is broken in any way
// removes nobody: the source is not read.
func TestS14RecipesAreWholeOrFail(t *testing.T) {
	needs(t, "/usr/bin/python3", "openssl")
	for i, c := range webRecipes() {
		for j, broken := range c.breaks {
			if suite.Short(t) && i+j > 0 {
				continue
			}
			t.Run(c.name+" "+broken, func(t *testing.T) {
				t.Parallel()
				open, stage := recipeSource(&c)
				row := faultRow{says: "exit status 1", open: open, spoil: func(*faultWorld) { stage.day.Store(1); stage.broken.Store(broken) }}
				checkRecipe(t, &row)
			})
		}
	}
}

func checkRecipe(t *testing.T, row *faultRow) {
	t.Helper()
	if cell := runFault(t, row); cell.loss || cell.gain || !cell.others || cell.holds != "S14" || cell.code != 1 {
		t.Errorf("a run does %+v", cell)
	}
}

// The recipe for PostgreSQL says the number of rows of the same snapshot, and fails
// when psql does. The psql of the test reads what it is told, and answers from files.
func TestS14RecipeForPostgres(t *testing.T) {
	for _, tt := range []struct{ broken, says string }{
		{"exit 2 after half", "exit status 2"}, {"half", "the end marker counts 7 rows, and the file has 3"}, {"no number", "does not end with end_marker"},
	} {
		if suite.Short(t) && tt.broken != "half" {
			continue
		}
		t.Run(tt.broken, func(t *testing.T) {
			t.Parallel()
			row := faultRow{
				says: tt.says, open: postgresSource,
				spoil:  func(w *faultWorld) { w.write("people.csv", recipeCSV(1)); w.write("broken", tt.broken) },
				repair: func(w *faultWorld) { w.write("broken", "") },
			}
			if cell := runFault(t, &row); cell.loss || cell.gain || !cell.others || cell.holds != "S14" {
				t.Errorf("a run does %+v", cell)
			}
		})
	}
}

func recipeCSV(day int) string { return strings.Replace(faultCSV(day), "teams", "groups", 1) }

// postgresSource has a psql of its own: it checks the statements, and answers.
func postgresSource(w *faultWorld) {
	w.must(os.MkdirAll(w.path("bin"), 0o700))
	w.write("query.sql", "SELECT no AS id, email, team AS groups FROM staff\nWHERE note <> '$(id)';\n")
	w.write("people.csv", recipeCSV(0))
	w.write("broken", "")
	w.write("psql.txt", `#!/bin/sh
asked=$(cat)
case "$asked" in
  *"REPEATABLE READ READ ONLY"*"COPY ("*"<> '\$(id)'"*") TO STDOUT"*"count(*)"*) ;;
  *) echo "psql was asked: $asked" >&2; exit 9 ;;
esac
case " $* " in *" --set=ON_ERROR_STOP=1 "*) ;; *) exit 9 ;; esac
F='`+w.dir+`'
case $(cat "$F/broken") in
  "exit 2"*) head -n 4 "$F/people.csv"; exit 2 ;;
  half) head -n 4 "$F/people.csv"; echo "#end 7"; exit ;;
  "no number") cat "$F/people.csv"; exit ;;
esac
cat "$F/people.csv"
echo "#end $(($(wc -l <"$F/people.csv") - 1))"
`)
	if out, err := exec.CommandContext(w.Context(), "install", "-m", "700", w.path("psql.txt"), w.path("bin/psql")).CombinedOutput(); err != nil {
		w.Fatalf("%v: %s", err, out)
	}
	w.tomorrow = func() { w.write("people.csv", recipeCSV(1)) }
	w.recipeKeys("postgres", nil, []string{w.path("query.sql")})
}

// Every recipe is short, names no secret among arguments, and is in the package and
// in the document.
func TestRecipesAreShortAndDocumented(t *testing.T) {
	files, err := filepath.Glob(recipes + "/*")
	if err != nil || len(files) != len(webRecipes())+1 {
		t.Fatalf("%v: %q", err, files)
	}
	topic := read(t, "internal/help/topics/csv.md")
	for _, file := range files {
		if n := strings.Count(read(t, file), "\n"); n >= 40 {
			t.Errorf("%s has %d lines, and should have fewer than 40", file, n)
		}
		if name := filepath.Base(file); !strings.Contains(topic, "| `"+name+"` |") {
			t.Errorf("the topic does not name %s", name)
		}
	}
}
