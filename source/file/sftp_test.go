package file_test

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net"
	"os"
	"strings"
	"testing"
	"time"

	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
	"go.uber.org/zap/zaptest"

	"rollcall/source"
	"rollcall/source/csvfile"
	"rollcall/source/file"
	"rollcall/source/file/filetest"
)

// A file of a real SFTP server is read like one of this machine.
func TestSFTPWhole(t *testing.T) {
	t.Parallel()
	s := filetest.StartSSHD(t, "")
	s.Put(t, "people.csv", remoteText)
	sum := sha256.Sum256([]byte(remoteText))
	s.Put(t, "people.csv.sha256", hex.EncodeToString(sum[:])+"  people.csv\n")
	s.KeyGen(t, "locked", "open sesame")
	must(t, os.WriteFile(s.Path("authorized"), append(s.Read(t, "authorized"), s.Read(t, "locked.pub")...), 0o600))
	for name, change := range map[string]func(*csvfile.Config){
		"plain": func(*csvfile.Config) {},
		"user in its own key": func(c *csvfile.Config) {
			c.URL, c.Username = file.SecretURL(strings.Replace(string(c.URL), s.User+"@", "", 1)), s.User
		},
		"with its checksum": func(c *csvfile.Config) { c.ChecksumURL = c.URL + ".sha256" },
		"an encrypted key":  func(c *csvfile.Config) { c.KeyFile, c.KeyPasswordFile = s.Path("locked"), secretFile(t, "open sesame") },
	} {
		t.Run(name, func(t *testing.T) {
			config := sshdConfig(s, "people.csv")
			change(&config)
			remote := openRemote(t, config)
			got, err := remote.Read(t.Context(), source.Request{})
			if err != nil || people(got) != remotePeople || len(got.NoRemovals) > 0 {
				t.Fatalf("%v, %v", got, err)
			}
			if at := got.People[1].Origin.String(); at != "sftp://"+s.Address+s.Path("people.csv")+":3:3" {
				t.Errorf("ben is at %s", at)
			}
			if said := remote.Fetched(); !strings.Contains(said, "82 bytes over SFTP") || !strings.Contains(said, `columns "id", "email", "groups"`) {
				t.Errorf("fetched %s", said)
			}
		})
	}
}

// A large file, which arrives in many blocks at once, is the same file.
func TestSFTPLarge(t *testing.T) {
	t.Parallel()
	s := filetest.StartSSHD(t, "")
	var text strings.Builder
	text.WriteString(head)
	for i := range 100_000 {
		text.WriteString(strings.Replace("N,pN@corp.example,a\n", "N", hex.EncodeToString([]byte{byte(i >> 16), byte(i >> 8), byte(i)}), 2))
	}
	s.Put(t, "people.csv", text.String())
	got, err := openRemote(t, sshdConfig(s, "people.csv")).Read(t.Context(), source.Request{})
	if err != nil || len(got.People) != 100_000 || got.People[99_999].Email != "p01869f@corp.example" {
		t.Fatalf("%d people, %v", len(got.People), err)
	}
}

// What may go wrong with a server, and what is said of it. Nothing is taken.
func TestS09SFTPFaults(t *testing.T) {
	t.Parallel()
	s := filetest.StartSSHD(t, "")
	s.Put(t, "people.csv", remoteText)
	s.Put(t, "large.csv", head+strings.Repeat("1,ann@corp.example,a\n", 60_000))
	s.Put(t, "wrong.sha256", strings.Repeat("0", 64))
	s.Put(t, "none.sha256", "nothing")
	s.Put(t, "people.csv.pub", "no known host")
	for name, c := range map[string]struct {
		change func(*csvfile.Config)
		told   string
		is     error
	}{
		"no such file": {func(c *csvfile.Config) { c.URL += "2" }, "no such file; check url, and check that the export ran", nil},
		"a directory":  {func(c *csvfile.Config) { c.URL = file.SecretURL(strings.TrimSuffix(string(c.URL), "/people.csv")) }, "is not a regular file", nil},
		"too large": {func(c *csvfile.Config) {
			c.URL, c.MaxMegabytes = file.SecretURL(strings.Replace(string(c.URL), "people", "large", 1)), 1
		}, "file is larger than max_megabytes", nil},
		"too old":        {func(c *csvfile.Config) { c.MaxAge = time.Second }, "max_age is 1s", source.ErrStale},
		"another key":    {func(*csvfile.Config) { s.KnowHost(t, "stranger") }, "the server's host key is not the one in known_hosts_file; another machine may be answering", nil},
		"unknown server": {func(c *csvfile.Config) { c.KnownHostsFile = os.DevNull }, "known_hosts_file has no key for [127.0.0.1]:", nil},
		"no known_hosts": {func(c *csvfile.Config) { c.KnownHostsFile = "/nowhere/known_hosts" }, "problem on this machine (read known_hosts_file:", nil},
		"not let in":     {func(c *csvfile.Config) { c.KeyFile = s.Path("stranger") }, "the server refused the login; check username, key_file and password_file", nil},
		"wrong password": {func(c *csvfile.Config) { c.KeyFile, c.PasswordFile = "", secretFile(t, "hidden") }, "the server refused the login", nil},
		"no key":         {func(c *csvfile.Config) { c.KeyFile = "/nowhere/key" }, "problem on this machine (read key_file: open /nowhere/key", os.ErrNotExist},
		"no key at all":  {func(c *csvfile.Config) { c.KeyFile = s.Path("user.pub") }, "problem on this machine (read key_file: ssh: no key found", nil},
		"no checksum":    {func(c *csvfile.Config) { c.ChecksumURL = c.URL + ".sha256" }, "cannot be opened", os.ErrNotExist},
		"empty checksum": {func(c *csvfile.Config) {
			c.ChecksumURL = file.SecretURL(strings.Replace(string(c.URL), "people.csv", "none.sha256", 1))
		}, "has no SHA-256 checksum of the file", nil},
		"large checksum": {func(c *csvfile.Config) {
			c.ChecksumURL = file.SecretURL(strings.Replace(string(c.URL), "people", "large", 1))
		}, "is too large for a checksum file", nil},
		"wrong checksum": {func(c *csvfile.Config) {
			c.ChecksumURL = file.SecretURL(strings.Replace(string(c.URL), "people.csv", "wrong.sha256", 1))
		}, "the file does not match the checksum from checksum_url", file.ErrChecksum},
		"nobody there": {func(c *csvfile.Config) {
			c.URL = file.SecretURL("sftp://" + s.User + "@127.0.0.1:1/people.csv")
			must(t, os.WriteFile(s.Known, append([]byte("[127.0.0.1]:1 "), s.Read(t, "host.pub")...), 0o600))
		}, "the connection failed or was lost", nil},
	} {
		t.Run(name, func(t *testing.T) {
			s.KnowHost(t, "host")
			config := sshdConfig(s, "people.csv")
			c.change(&config)
			got, err := openRemote(t, config).Read(t.Context(), source.Request{})
			if got != nil || err == nil || isDamage(err) || !strings.Contains(err.Error(), c.told) || strings.Contains(err.Error(), "hidden") || c.is != nil && !errors.Is(err, c.is) {
				t.Errorf("got %v, %v, want %q", got, err, c.told)
			}
		})
	}
}

// Only a key that known_hosts_file names for this server, at this port, may stand
// for it (S38).
func TestS38SFTPServersAreKnownByTheirKey(t *testing.T) {
	t.Parallel()
	s := filetest.StartSSHD(t, "")
	s.Put(t, "people.csv", remoteText)
	host, port, _ := net.SplitHostPort(s.Address)
	at := fmt.Sprintf("[%s]:%s", host, port)
	key, other := string(s.Read(t, "host.pub")), string(s.Read(t, "stranger.pub"))
	for name, x := range map[string]struct {
		known string
		told  string // empty: it is read
	}{
		"the key":                          {at + " " + key, ""},
		"the key, of all servers":          {"* " + key, ""},
		"beside another key":               {at + " " + other + at + " " + key, ""},
		"another key":                      {at + " " + other, "the server's host key is not the one in known_hosts_file"},
		"the key, at another port":         {host + " " + key, "known_hosts_file has no key for " + at},
		"the key, of all servers but this": {"*,!" + at + " " + key, "known_hosts_file has no key for " + at},
		"the key, revoked":                 {"@revoked * " + key + at + " " + key, "known_hosts_file says that the server's host key is revoked"},
		"the key, of an authority":         {"@cert-authority * " + key, "the server and rollcall have no SSH algorithm in common"},
	} {
		must(t, os.WriteFile(s.Known, []byte(x.known), 0o600))
		got, err := openRemote(t, sshdConfig(s, "people.csv")).Read(t.Context(), source.Request{})
		if (got != nil) != (x.told == "") || x.told != "" && (err == nil || !strings.Contains(err.Error(), x.told)) {
			t.Errorf("%s: %v, %v", name, got, err)
		}
	}
}

// A file that is written while it is fetched, or whose checksum comes after it,
// is fetched again, as over HTTPS.
func TestS11SFTPFetchesAgain(t *testing.T) {
	t.Parallel()
	sum := sha256.Sum256([]byte(remoteText))
	right, wrong := hex.EncodeToString(sum[:]), strings.Repeat("0", 64)
	for name, x := range map[string]struct{ text, sum string }{
		"the checksum comes later": {remoteText, wrong},
		"the file comes later":     {head + "1,ann@corp.example,a\n", right},
	} {
		t.Run(name, func(t *testing.T) {
			s := filetest.StartSSHD(t, "")
			put := func(text, sum string) {
				s.Put(t, "people.csv", text)
				s.Put(t, "people.csv.sha256", sum)
			}
			put(x.text, x.sum)
			config := sshdConfig(s, "people.csv")
			config.ChecksumURL = config.URL + ".sha256"
			again := 0
			core := zapcore.RegisterHooks(zaptest.NewLogger(t).Core(), func(e zapcore.Entry) error {
				if e.Message == "fetch the CSV file again" {
					again++
					put(remoteText, right)
				}
				return nil
			})
			got, err := openRemote(t, config, file.Options{Logger: zap.New(core)}).Read(t.Context(), source.Request{})
			if err != nil || people(got) != remotePeople || again != 1 {
				t.Errorf("fetched again %d times: %v", again, err)
			}
		})
	}
}

// A server without SFTP, and damage of a file that came whole.
func TestSFTPServesNothing(t *testing.T) {
	t.Parallel()
	s := filetest.StartSSHD(t, "ForceCommand /bin/false")
	s.Put(t, "people.csv", remoteText)
	if got, err := openRemote(t, sshdConfig(s, "people.csv"), file.Options{Tries: 1}).Read(t.Context(), source.Request{}); got != nil || err == nil || isDamage(err) {
		t.Errorf("%v, %v", got, err)
	}
}

func TestSFTPDamage(t *testing.T) {
	t.Parallel()
	s := filetest.StartSSHD(t, "")
	for text, told := range map[string]string{head + "1,nobody,a\n": ":2:3: email: ", "": ":1:1: the input is empty"} {
		s.Put(t, "people.csv", text)
		got, err := openRemote(t, sshdConfig(s, "people.csv")).Read(t.Context(), source.Request{})
		if got != nil || !isDamage(err) || !strings.Contains(err.Error(), "sftp://"+s.Address+s.Path("people.csv")+told) {
			t.Errorf("%q: %v", text, err)
		}
	}
}

// The connection is cut behind so many bytes of the server's, from the first
// to beyond the last: an error each time, or the whole.
func TestS09SFTPCutAnywhere(t *testing.T) {
	t.Parallel()
	s := filetest.StartSSHD(t, "")
	s.Put(t, "people.csv", remoteText)
	r := filetest.StartRelay(t, s.Address)
	config := sshdConfig(s, "people.csv")
	config.URL, config.KnownHostsFile = file.SecretURL(strings.Replace(string(config.URL), s.Address, r.Addr().String(), 1)), r.Known(t, s)
	remote := openRemote(t, config, file.Options{Tries: 1})
	whole := false
	for ; r.After.Load() < 20_000 && !whole; r.After.Add(199) {
		got, err := remote.Read(t.Context(), source.Request{})
		switch whole = err == nil; {
		case whole && people(got) != remotePeople, !whole && (got != nil || isDamage(err)):
			t.Fatalf("cut at %d: %v, %v", r.After.Load(), got, err)
		}
	}
	if !whole || r.After.Load() < 2000 {
		t.Errorf("read whole %v behind %d bytes: the cut does not cut", whole, r.After.Load())
	}
}

// A server that says nothing, and one that stops in the middle, are given up
// after a time, and at once when the run is interrupted.
func TestS09SFTPSilence(t *testing.T) {
	t.Parallel()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	t.Cleanup(func() { _ = listener.Close() })
	s := filetest.StartSSHD(t, "")
	_, port, _ := net.SplitHostPort(listener.Addr().String())
	must(t, os.WriteFile(s.Known, append([]byte("[127.0.0.1]:"+port+" "), s.Read(t, "host.pub")...), 0o600))
	config := sshdConfig(s, "people.csv")
	config.URL = file.SecretURL("sftp://" + s.User + "@127.0.0.1:" + port + "/people.csv")
	config.ConnectTimeout = 200 * time.Millisecond
	if got, err := openRemote(t, config).Read(t.Context(), source.Request{}); got != nil || err == nil || !strings.Contains(err.Error(), "timed out") {
		t.Errorf("%v, %v", got, err)
	}
	config.ConnectTimeout = 0
	ctx, cancel := context.WithCancel(t.Context())
	time.AfterFunc(100*time.Millisecond, cancel)
	if got, err := openRemote(t, config).Read(ctx, source.Request{}); got != nil || !errors.Is(err, context.Canceled) {
		t.Errorf("%v, %v", got, err)
	}
}

// A file that is written while it settles, or while it is read, concludes nothing (S11).
func TestS11SFTPSettles(t *testing.T) {
	t.Parallel()
	s := filetest.StartSSHD(t, "")
	s.Put(t, "people.csv", remoteText)
	touch(t, s.Path("people.csv"), -time.Hour)
	config := sshdConfig(s, "people.csv")
	config.Settle = new(300 * time.Millisecond)
	var told []string
	got, err := openRemote(t, config, file.Options{Settle: func(name string, _ time.Duration) { told = append(told, name) }}).Read(t.Context(), source.Request{})
	if err != nil || people(got) != remotePeople || len(told) == 0 || told[0] != "sftp://"+s.Address+s.Path("people.csv") {
		t.Errorf("%q, %v", told, err)
	}
	touch(t, s.Path("people.csv"), -time.Hour)
	written := func(string, time.Duration) {
		s.Put(t, "people.csv", remoteText+"4,dora@corp.example,a\n")
		touch(t, s.Path("people.csv"), -time.Hour-time.Duration(len(told))*time.Second)
		told = append(told, "")
	}
	if got, err := openRemote(t, config, file.Options{Settle: written}).Read(t.Context(), source.Request{}); got != nil || !errors.Is(err, source.ErrChanged) {
		t.Errorf("%v, %v", got, err)
	}
}

// A link on the server is followed inside its directory, or where root or the
// user made it; a stranger's leads nowhere else (S34).
func TestS34SFTPLinks(t *testing.T) {
	t.Parallel()
	s := filetest.StartSSHD(t, "")
	s.Put(t, "people.csv", remoteText)
	const stranger = 65534
	must(t, os.Mkdir(s.Path("drop"), 0o755))
	s.Put(t, "drop/whole.csv", remoteText)
	for name, x := range map[string]struct {
		target string
		uid    int
		read   bool
	}{
		"own, out":          {"../people.csv", os.Geteuid(), true},
		"a stranger's, in":  {"whole.csv", stranger, true},
		"a stranger's, out": {"../people.csv", stranger, false},
	} {
		t.Run(name, func(t *testing.T) {
			at := s.Path("drop/link.csv")
			must(t, os.Symlink(x.target, at))
			t.Cleanup(func() { _ = os.Remove(at) })
			if x.uid != os.Geteuid() {
				if err := os.Lchown(at, x.uid, x.uid); err != nil {
					t.Skip("needs root: ", err)
				}
			}
			_, err := openRemote(t, sshdConfig(s, "drop/link.csv")).Read(t.Context(), source.Request{})
			if (err == nil) != x.read || err != nil && !strings.Contains(err.Error(), "is a link to a file outside its directory") {
				t.Errorf("got %v", err)
			}
		})
	}
}
