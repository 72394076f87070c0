package file_test

import (
	"crypto/tls"
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"rollcall/source"
	"rollcall/source/csvfile"
	"rollcall/source/file"
	"rollcall/source/file/filetest"
	"rollcall/source/internal/testpki"
)

// web is a server with certificates for both sides.
type web struct {
	*filetest.Web
	pki *testpki.PKI
}

// startWeb serves until the test ends. Each change of the server happens
// before it starts.
func startWeb(t testing.TB, handler http.HandlerFunc, changes ...func(*httptest.Server)) *web {
	t.Helper()
	w := &web{filetest.NewWeb(handler), testpki.New(t, "127.0.0.1", time.Time{})}
	pair, err := tls.LoadX509KeyPair(w.pki.Cert, w.pki.Key)
	must(t, err)
	w.TLS = &tls.Config{Certificates: []tls.Certificate{pair}, MinVersion: tls.VersionTLS12}
	for _, change := range changes {
		change(w.Server)
	}
	w.StartTLS()
	t.Cleanup(w.Close)
	return w
}

// config is a CSV at a path of the server.
func (w *web) config(path string) csvfile.Config {
	return csvfile.Config{Columns: peopleForm(), Remote: file.Remote{URL: file.SecretURL(w.URL + path), CAFile: w.pki.CA}}
}

// sshdConfig is a CSV of an SFTP server.
func sshdConfig(s *filetest.SSHD, name string) csvfile.Config {
	return csvfile.Config{Columns: peopleForm(), Remote: file.Remote{
		URL: file.SecretURL("sftp://" + s.User + "@" + s.Address + s.Path(name)), KeyFile: s.Key, KnownHostsFile: s.Known,
	}}
}

// openRemote opens a source that does not wait between two tries.
func openRemote(t testing.TB, c csvfile.Config, opts ...file.Options) *csvfile.Source {
	t.Helper()
	o := append(opts, file.Options{})[0]
	o.RetryDelay = time.Millisecond
	return openCSV(t, c, o)
}

// openCSV opens a source without waiting for files to settle.
func openCSV(t testing.TB, c csvfile.Config, opts ...file.Options) *csvfile.Source {
	t.Helper()
	if c.Settle == nil {
		c.Settle = new(time.Duration(0))
	}
	must(t, c.Validate())
	return csvfile.Open("hr", c, source.Canaries{}, append(opts, file.Options{})[0])
}

// peopleForm are the columns of all tests.
func peopleForm() csvfile.Columns {
	return csvfile.Columns{ID: "id", Email: "email", Groups: csvfile.Cells{Column: "groups", Separator: ";"}}
}

func isDamage(err error) bool {
	_, ok := errors.AsType[*source.DamageError](err)
	return ok
}

func isMissing(err error) bool {
	_, ok := errors.AsType[*source.MissingError](err)
	return ok
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// writeFile writes a file that has settled.
func writeFile(t testing.TB, path, text string) string {
	t.Helper()
	must(t, os.WriteFile(path, []byte(text), 0o600))
	return path
}

const remoteText = "id,email,groups\n1,ann@corp.example,a\n2,ben@corp.example,a;b\n3,cleo@corp.example,b\n"

// people are the addresses of a snapshot.
func people(s *source.Snapshot) string {
	var list []string
	for _, p := range s.People {
		list = append(list, p.Email)
	}
	return strings.Join(list, " ")
}

const remotePeople = "ann@corp.example ben@corp.example cleo@corp.example"

func secretFile(t testing.TB, text string) string {
	t.Helper()
	return writeFile(t, filepath.Join(t.TempDir(), "secret"), text+"\n")
}

// damage gives the lines of a damage error, with the directory cut off.
func damage(t testing.TB, s *source.Snapshot, err error, dir string) []string {
	t.Helper()
	if s != nil {
		t.Errorf("a snapshot came with the error: %v", s)
	}
	if !isDamage(err) {
		t.Fatalf("got %v, want damage", err)
	}
	return strings.Split(strings.ReplaceAll(err.Error(), dir+string(filepath.Separator), ""), "\n  ")[1:]
}

func diff(t testing.TB, got, want any) {
	t.Helper()
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("differs (-want +got):\n%s", d)
	}
}
