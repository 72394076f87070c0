package source

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"net"
	"os"
	"strings"
	"testing"
	"time"

	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
	"go.uber.org/zap/zaptest"
)

// A file of a real SFTP server is read like one of this machine.
func TestSFTPWhole(t *testing.T) {
	s := startSshd(t, "")
	s.put(t, "people.csv", remoteText)
	sum := sha256.Sum256([]byte(remoteText))
	s.put(t, "people.csv.sha256", hex.EncodeToString(sum[:])+"  people.csv\n")
	s.keygen(t, "locked", "open sesame")
	must(t, os.WriteFile(s.path("authorized"), append(s.read(t, "authorized"), s.read(t, "locked.pub")...), 0o600))
	for name, change := range map[string]func(*CSVConfig){
		"plain": func(*CSVConfig) {},
		"user in its own key": func(c *CSVConfig) {
			c.URL, c.Username = SecretURL(strings.Replace(string(c.URL), s.user+"@", "", 1)), s.user
		},
		"with its checksum": func(c *CSVConfig) { c.ChecksumURL = c.URL + ".sha256" },
		"an encrypted key":  func(c *CSVConfig) { c.KeyFile, c.KeyPasswordFile = s.path("locked"), secretFile(t, "open sesame") },
	} {
		t.Run(name, func(t *testing.T) {
			config := s.remote("people.csv")
			change(&config)
			source := openRemote(t, config)
			got, err := source.Read(t.Context(), Request{})
			if err != nil || people(got) != remotePeople || len(got.NoRemovals) > 0 {
				t.Fatalf("%v, %v", got, err)
			}
			if at := got.People[1].Origin.String(); at != "sftp://"+s.address+s.path("people.csv")+":3:3" {
				t.Errorf("ben is at %s", at)
			}
			if said := source.(Fetcher).Fetched(); !strings.Contains(said, "82 bytes over SFTP") || !strings.Contains(said, `columns "id", "email", "groups"`) { //nolint:errcheck // a csv source is one
				t.Errorf("fetched %s", said)
			}
		})
	}
}

// A large file, which arrives in many blocks at once, is the same file.
func TestSFTPLarge(t *testing.T) {
	s := startSshd(t, "")
	var text strings.Builder
	text.WriteString(head)
	for i := range 100_000 {
		text.WriteString(strings.Replace("N,pN@corp.example,a\n", "N", hex.EncodeToString([]byte{byte(i >> 16), byte(i >> 8), byte(i)}), 2))
	}
	s.put(t, "people.csv", text.String())
	got, err := openRemote(t, s.remote("people.csv")).Read(t.Context(), Request{})
	if err != nil || len(got.People) != 100_000 || got.People[99_999].Email != "p01869f@corp.example" {
		t.Fatalf("%d people, %v", len(got.People), err)
	}
}

// What may go wrong with a server, and what is said of it. Nothing is taken.
func TestS09SFTPFaults(t *testing.T) {
	s := startSshd(t, "")
	s.put(t, "people.csv", remoteText)
	s.put(t, "large.csv", head+strings.Repeat("1,ann@corp.example,a\n", 60_000))
	s.put(t, "wrong.sha256", strings.Repeat("0", 64))
	s.put(t, "none.sha256", "nothing")
	s.put(t, "people.csv.pub", "no known host")
	for name, c := range map[string]struct {
		change func(*CSVConfig)
		told   string
		is     error
	}{
		"no such file": {func(c *CSVConfig) { c.URL += "2" }, "no such file; check url, and whether the export ran", nil},
		"a directory":  {func(c *CSVConfig) { c.URL = SecretURL(strings.TrimSuffix(string(c.URL), "/people.csv")) }, "is no regular file", nil},
		"too large": {func(c *CSVConfig) {
			c.URL, c.MaxMegabytes = SecretURL(strings.Replace(string(c.URL), "people", "large", 1)), 1
		}, "file is larger than max_megabytes", nil},
		"too old":        {func(c *CSVConfig) { c.MaxAge = time.Second }, "max_age is 1s", ErrStale},
		"another key":    {func(*CSVConfig) { s.knowHost(t, "stranger") }, "the server's key is not the one in known_hosts_file; somebody may stand between", nil},
		"unknown server": {func(c *CSVConfig) { c.KnownHostsFile = os.DevNull }, "known_hosts_file has no key of [127.0.0.1]:", nil},
		"no known_hosts": {func(c *CSVConfig) { c.KnownHostsFile = "/nowhere/known_hosts" }, "problem on this machine (read known_hosts_file:", nil},
		"not let in":     {func(c *CSVConfig) { c.KeyFile = s.path("stranger") }, "the server does not let us in; check username, key_file and password_file", nil},
		"wrong password": {func(c *CSVConfig) { c.KeyFile, c.PasswordFile = "", secretFile(t, "hidden") }, "the server does not let us in", nil},
		"no key":         {func(c *CSVConfig) { c.KeyFile = "/nowhere/key" }, "problem on this machine (read key_file: open /nowhere/key", os.ErrNotExist},
		"no key at all":  {func(c *CSVConfig) { c.KeyFile = s.path("user.pub") }, "problem on this machine (read key_file: ssh: no key found", nil},
		"no checksum":    {func(c *CSVConfig) { c.ChecksumURL = c.URL + ".sha256" }, "cannot be opened", os.ErrNotExist},
		"empty checksum": {func(c *CSVConfig) {
			c.ChecksumURL = SecretURL(strings.Replace(string(c.URL), "people.csv", "none.sha256", 1))
		}, "holds no SHA-256 of the file", nil},
		"large checksum": {func(c *CSVConfig) { c.ChecksumURL = SecretURL(strings.Replace(string(c.URL), "people", "large", 1)) }, "is too large for a checksum", nil},
		"wrong checksum": {func(c *CSVConfig) {
			c.ChecksumURL = SecretURL(strings.Replace(string(c.URL), "people.csv", "wrong.sha256", 1))
		}, "what came is not what checksum_url says", ErrChecksum},
		"nobody there": {func(c *CSVConfig) {
			c.URL = SecretURL("sftp://" + s.user + "@127.0.0.1:1/people.csv")
			must(t, os.WriteFile(s.known, append([]byte("[127.0.0.1]:1 "), s.read(t, "host.pub")...), 0o600))
		}, "no connection, or it was lost", nil},
	} {
		t.Run(name, func(t *testing.T) {
			s.knowHost(t, "host")
			config := s.remote("people.csv")
			c.change(&config)
			got, err := openRemote(t, config).Read(t.Context(), Request{})
			if got != nil || err == nil || isDamage(err) || !strings.Contains(err.Error(), c.told) || strings.Contains(err.Error(), "hidden") || c.is != nil && !errors.Is(err, c.is) {
				t.Errorf("got %v, %v, want %q", got, err, c.told)
			}
		})
	}
}

// A file that is written while it is fetched, or whose checksum comes after it,
// is fetched again, as over HTTPS.
func TestS11SFTPFetchesAgain(t *testing.T) {
	sum := sha256.Sum256([]byte(remoteText))
	right, wrong := hex.EncodeToString(sum[:]), strings.Repeat("0", 64)
	for name, x := range map[string]struct{ text, sum string }{
		"the checksum comes later": {remoteText, wrong},
		"the file comes later":     {head + "1,ann@corp.example,a\n", right},
	} {
		t.Run(name, func(t *testing.T) {
			s := startSshd(t, "")
			put := func(text, sum string) {
				s.put(t, "people.csv", text)
				s.put(t, "people.csv.sha256", sum)
			}
			put(x.text, x.sum)
			config := s.remote("people.csv")
			config.ChecksumURL = config.URL + ".sha256"
			again := 0
			core := zapcore.RegisterHooks(zaptest.NewLogger(t).Core(), func(e zapcore.Entry) error {
				if e.Message == "fetch csv again" {
					again++
					put(remoteText, right)
				}
				return nil
			})
			got, err := openRemote(t, config, WithLogger(zap.New(core))).Read(t.Context(), Request{})
			if err != nil || people(got) != remotePeople || again != 1 {
				t.Errorf("fetched again %d times: %v", again, err)
			}
		})
	}
}

// A server without SFTP, and damage of a file that came whole.
func TestSFTPServesNothing(t *testing.T) {
	s := startSshd(t, "ForceCommand /bin/false")
	s.put(t, "people.csv", remoteText)
	if got, err := openRemote(t, s.remote("people.csv"), func(o *options) { o.tries = 1 }).Read(t.Context(), Request{}); got != nil || err == nil || isDamage(err) {
		t.Errorf("%v, %v", got, err)
	}
}

func TestSFTPDamage(t *testing.T) {
	s := startSshd(t, "")
	for text, told := range map[string]string{head + "1,nobody,a\n": ":2:3: email: ", "": ":1:1: input is empty"} {
		s.put(t, "people.csv", text)
		got, err := openRemote(t, s.remote("people.csv")).Read(t.Context(), Request{})
		if got != nil || !isDamage(err) || !strings.Contains(err.Error(), "sftp://"+s.address+s.path("people.csv")+told) {
			t.Errorf("%q: %v", text, err)
		}
	}
}

// The connection is cut behind so many bytes of the server's, from the first
// to beyond the last: an error each time, or the whole.
func TestS09SFTPCutAnywhere(t *testing.T) {
	s := startSshd(t, "")
	s.put(t, "people.csv", remoteText)
	r := startRelay(t, s.address)
	config := s.remote("people.csv")
	config.URL, config.KnownHostsFile = SecretURL(strings.Replace(string(config.URL), s.address, r.Addr().String(), 1)), r.known(t, s)
	source := openRemote(t, config, func(o *options) { o.tries = 1 })
	whole := false
	for ; r.after.Load() < 20_000 && !whole; r.after.Add(199) {
		got, err := source.Read(t.Context(), Request{})
		switch whole = err == nil; {
		case whole && people(got) != remotePeople, !whole && (got != nil || isDamage(err)):
			t.Fatalf("cut at %d: %v, %v", r.after.Load(), got, err)
		}
	}
	if !whole || r.after.Load() < 2000 {
		t.Errorf("read whole %v behind %d bytes: the cut does not cut", whole, r.after.Load())
	}
}

// A server that says nothing, and one that stops in the middle, are given up
// after a time, and at once when the run is interrupted.
func TestS09SFTPSilence(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	t.Cleanup(func() { _ = listener.Close() })
	s := startSshd(t, "")
	_, port, _ := net.SplitHostPort(listener.Addr().String())
	must(t, os.WriteFile(s.known, append([]byte("[127.0.0.1]:"+port+" "), s.read(t, "host.pub")...), 0o600))
	config := s.remote("people.csv")
	config.URL = SecretURL("sftp://" + s.user + "@127.0.0.1:" + port + "/people.csv")
	config.ConnectTimeout = 200 * time.Millisecond
	if got, err := openRemote(t, config).Read(t.Context(), Request{}); got != nil || err == nil || !strings.Contains(err.Error(), "timed out") {
		t.Errorf("%v, %v", got, err)
	}
	config.ConnectTimeout = 0
	ctx, cancel := context.WithCancel(t.Context())
	time.AfterFunc(100*time.Millisecond, cancel)
	if got, err := openRemote(t, config).Read(ctx, Request{}); got != nil || !errors.Is(err, context.Canceled) {
		t.Errorf("%v, %v", got, err)
	}
}

// A file that is written while it settles, or while it is read, concludes nothing (S11).
func TestS11SFTPSettles(t *testing.T) {
	s := startSshd(t, "")
	s.put(t, "people.csv", remoteText)
	touch(t, s.path("people.csv"), -time.Hour)
	config := s.remote("people.csv")
	config.Settle = new(300 * time.Millisecond)
	var told []string
	got, err := openRemote(t, config, WithSettleNotice(func(text string) { told = append(told, text) })).Read(t.Context(), Request{})
	if err != nil || people(got) != remotePeople || len(told) == 0 || !strings.HasSuffix(told[0], "for sftp://"+s.address+s.path("people.csv")+" to settle") {
		t.Errorf("%q, %v", told, err)
	}
	touch(t, s.path("people.csv"), -time.Hour)
	written := func(string) {
		s.put(t, "people.csv", remoteText+"4,dora@corp.example,a\n")
		touch(t, s.path("people.csv"), -time.Hour-time.Duration(len(told))*time.Second)
		told = append(told, "")
	}
	if got, err := openRemote(t, config, WithSettleNotice(written)).Read(t.Context(), Request{}); got != nil || !errors.Is(err, ErrChanged) {
		t.Errorf("%v, %v", got, err)
	}
}
