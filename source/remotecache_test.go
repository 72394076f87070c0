package source

import (
	"crypto/sha256"
	"encoding/hex"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// cached serves a page with a strong ETag to a source with a cache.
type cached struct {
	t      *testing.T
	dir    string
	page   *page
	sum    string // of /people.csv.sha256; empty: the right one
	web    *web
	config CSVConfig
	opts   []Option
}

func newCached(t *testing.T) *cached {
	c := &cached{t: t, dir: filepath.Join(t.TempDir(), "state"), page: &page{text: remoteText, etag: `"1"`}}
	c.web = startWeb(t, func(w http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.URL.Path, ".sha256") {
			sum := sha256.Sum256([]byte(c.page.text))
			_, _ = io.WriteString(w, or(c.sum, hex.EncodeToString(sum[:])))
			return
		}
		c.page.ServeHTTP(w, r)
	})
	c.config = c.web.config("/people.csv?sig=hidden")
	c.opts = []Option{WithCache(c.dir, nil)}
	return c
}

// read reads once and answers with what the first request for the file asked
// for: "" is the file, else If-None-Match.
func (c *cached) read() (s *Snapshot, match string, err error) {
	before := len(c.web.requests())
	s, err = openRemote(c.t, c.config, c.opts...).Read(c.t.Context(), Request{})
	asked := c.web.requests()[before:]
	if len(asked) == 0 {
		return s, "", err
	}
	return s, asked[0].Header.Get("If-None-Match"), err
}

func (c *cached) whole(match string) {
	c.t.Helper()
	s, asked, err := c.read()
	if err != nil || people(s) != remotePeople || len(s.NoRemovals) > 0 || asked != match {
		c.t.Fatalf("asked with %q, want %q: %v, %v", asked, match, s, err)
	}
}

func (c *cached) file() string {
	files, err := filepath.Glob(filepath.Join(c.dir, "download-*"))
	must(c.t, err)
	if len(files) != 1 {
		c.t.Fatalf("the state directory holds %q", files)
	}
	return files[0]
}

// The server need not send a file again that it still has. The copy is ours
// alone to read, and says nothing of the URL's query.
func TestRemoteCache(t *testing.T) {
	c := newCached(t)
	owned := ""
	c.opts = []Option{WithCache(c.dir, func(dir, name string) error { owned = filepath.Join(dir, name); return nil })}
	c.whole("")
	info, err := os.Stat(c.file())
	must(t, err)
	if info.Mode().Perm() != 0o600 || owned != c.file() {
		t.Errorf("mode %o, owner set for %q", info.Mode().Perm(), owned)
	}
	if text, err := os.ReadFile(c.file()); err != nil || strings.Contains(string(text), "hidden") || strings.Contains(c.file(), "hidden") {
		t.Errorf("the copy tells the query: %v %s", err, text)
	}
	c.whole(`"1"`)
	c.page.etag, c.page.packed = `"2"`, true
	c.whole(`"1"`)
	c.whole(`"2"`)
	c.config.URL = SecretURL(c.web.URL + "/people.csv?sig=other")
	c.whole("")
}

// max_age looks at the time of the copy where the server does not repeat it.
func TestRemoteCacheGrowsOld(t *testing.T) {
	c := newCached(t)
	c.page.modified = time.Now().Add(-time.Hour)
	c.whole("")
	c.page.modified = time.Time{}
	c.config.MaxAge = 2 * time.Hour
	c.whole(`"1"`)
	c.config.MaxAge = time.Minute
	if s, _, err := c.read(); s != nil || err == nil || !strings.Contains(err.Error(), "max_age is 1m0s") {
		t.Errorf("%v, %v", s, err)
	}
}

// Whatever is wrong with the copy, the file is fetched as if there were none.
func TestRemoteCacheThatIsNone(t *testing.T) {
	change := func(edit func(string) string) func(*cached) {
		return func(c *cached) {
			text, err := os.ReadFile(c.file())
			must(c.t, err)
			must(c.t, os.WriteFile(c.file(), []byte(edit(string(text))), 0o600))
		}
	}
	for name, k := range map[string]struct {
		spoil func(*cached)
		match string // with what the server is asked first
	}{
		"no directory":          {func(c *cached) { c.opts = nil }, ""},
		"removed":               {func(c *cached) { must(c.t, os.Remove(c.file())) }, ""},
		"empty":                 {change(func(string) string { return "" }), ""},
		"no head":               {change(func(s string) string { return "nonsense\n" + s }), ""},
		"a head without an end": {change(func(string) string { return strings.Repeat("x", 2*maxCacheHead) }), ""},
		"cut off":               {change(func(s string) string { return s[:strings.Index(s, "\n")+10] }), ""},
		"cut short":             {change(func(s string) string { return s[:len(s)-70] }), `"1"`},
		"another row":           {change(func(s string) string { return strings.Replace(s, "3,cleo@corp.example,b\n", "", 1) }), `"1"`},
		"another ETag":          {change(func(s string) string { return strings.Replace(s, `"\"1\""`, `"\"2\""`, 1) }), `"2"`},
		"a weak ETag":           {change(func(s string) string { return strings.Replace(s, `"\"1\""`, `"W/\"1\""`, 1) }), ""},
		"others may write it":   {func(c *cached) { must(c.t, os.Chmod(c.file(), 0o620)) }, ""},
		"a link": {func(c *cached) {
			must(c.t, os.Rename(c.file(), c.dir+"/else"))
			must(c.t, os.Symlink(c.dir+"/else", c.dir+"/download-"+cacheKey("hr")[:16]))
		}, ""},
		"a checksum that the copy does not fit": {func(c *cached) {
			c.config.ChecksumURL = SecretURL(c.web.URL + "/people.csv.sha256")
			c.page.text += "4,dora@corp.example,a\n"
		}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			c := newCached(t)
			c.whole("")
			k.spoil(c)
			s, match, err := c.read()
			if err != nil || !strings.HasPrefix(people(s), remotePeople) {
				t.Fatalf("%v, %v", s, err)
			}
			if k.match != match && c.config.ChecksumURL == "" {
				t.Errorf("asked with %q, want %q", match, k.match)
			}
			if c.config.ChecksumURL != "" && !strings.Contains(people(s), "dora") {
				t.Error("the copy was taken although the checksum names another file")
			}
		})
	}
}

// Only a file that came whole and is without damage is kept; a read that fails
// leaves the last good one.
func TestRemoteCacheKeepsTheGood(t *testing.T) {
	c := newCached(t)
	c.page.text = head + "1,nobody,a\n"
	if _, _, err := c.read(); !isDamage(err) {
		t.Fatal(err)
	}
	if files, _ := filepath.Glob(c.dir + "/*"); len(files) > 0 {
		t.Errorf("damage was kept: %q", files)
	}
	c.page.text = remoteText
	c.whole("")
	c.page.etag, c.page.headers = `"2"`, http.Header{"Repr-Digest": {"sha-256=:AAAA:"}}
	if s, _, err := c.read(); err == nil {
		t.Fatalf("read %v", s)
	}
	c.page.etag, c.page.headers = `"1"`, nil
	c.whole(`"1"`)
}

// A file of which nobody knows whether it came whole is not kept: the copy
// would be read back as a whole one, and the people of its other half removed.
func TestS09RemoteCacheKeepsNoHalf(t *testing.T) {
	const answer = "HTTP/1.1 200 OK\r\nContent-Type: text/csv\r\nETag: \"1\"\r\nConnection: close\r\n\r\n"
	c := newCached(t)
	c.web = startWeb(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("If-None-Match") != "" {
			c.page.ServeHTTP(w, r)
			return
		}
		hijacked(func() string { return answer + remoteText[:37] }, true)(w, r)
	})
	c.config = c.web.config("/people.csv")
	for i := range 2 {
		if s, _, err := c.read(); err != nil || len(s.NoRemovals) != 1 {
			t.Fatalf("read %d: %v, %+v", i+1, err, s)
		}
	}
}

// A server that says unchanged of another file than the copy is not believed.
func TestS09RemoteCacheOfAnotherFile(t *testing.T) {
	for now, match := range map[string]bool{`"1"`: true, `W/"1"`: true, "": true, `"2"`: false} {
		c := newCached(t)
		c.whole("")
		c.web.Config.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.Header.Get("If-None-Match") == "" {
				(&page{text: head + "1,ann@corp.example,a\n", etag: now}).ServeHTTP(w, r)
				return
			}
			if now != "" {
				w.Header().Set("ETag", now)
			}
			w.WriteHeader(http.StatusNotModified)
		})
		if s, _, err := c.read(); err != nil || (people(s) == remotePeople) != match {
			t.Errorf("304 of %s: %v, %v", now, s, err)
		}
	}
}

// A state directory that cannot be written costs the copy, and no read.
func TestRemoteCacheCannotBeWritten(t *testing.T) {
	c := newCached(t)
	must(t, os.WriteFile(c.dir, nil, 0o600)) // a file where the directory should be
	c.whole("")
	c.whole("")
}
