package ldaptest

import (
	"crypto/tls"
	"fmt"
	"net"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"

	ber "github.com/go-asn1-ber/asn1-ber"
	"github.com/go-ldap/ldap/v3"

	"rollcall/source/internal/testpki"
)

// Proxy stands between rollcall and a directory, understands as much of LDAP
// as it needs, and does what a directory does on a bad day.
type Proxy struct {
	t testing.TB
	// upstream connects to the directory.
	upstream func() (net.Conn, error)
	URL      string
	Faults
	// RangeSize splits the values of member as Active Directory does; 0 for never.
	RangeSize int
	// Pages counts the pages of the search over all people that were asked for.
	Pages    atomic.Int64
	released chan struct{}
}

const (
	tagBindResponse                   = 1
	tagUnbind                         = 2
	tagSearch, tagEntry, tagSearchEnd = 3, 4, 5
)

// StartProxy serves until the test ends.
func StartProxy(t testing.TB, s *Slapd) *Proxy {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p := &Proxy{t: t, URL: "ldap://" + l.Addr().String(), upstream: func() (net.Conn, error) { return net.Dial("tcp", s.Addr()) }}
	p.start(l)
	return p
}

// StartTLSProxy speaks TLS on both sides, with the certificate of the server
// for its clients.
func StartTLSProxy(t testing.TB, addr string, pki *testpki.PKI) *Proxy {
	t.Helper()
	pair, err := tls.LoadX509KeyPair(pki.Cert, pki.Key)
	if err != nil {
		t.Fatal(err)
	}
	l, err := tls.Listen("tcp", "127.0.0.1:0", &tls.Config{Certificates: []tls.Certificate{pair}})
	if err != nil {
		t.Fatal(err)
	}
	p := &Proxy{t: t, URL: "ldaps://" + l.Addr().String(), upstream: func() (net.Conn, error) {
		return tls.Dial("tcp", addr, &tls.Config{InsecureSkipVerify: true}) //nolint:gosec // a server of the same test
	}}
	p.start(l)
	return p
}

func (p *Proxy) start(l net.Listener) {
	p.released = make(chan struct{})
	serveAll(p.t, l, p.released, p.serve)
}

// serveAll serves each connection until the test ends, and then closes what
// those wait for that hang.
func serveAll(t testing.TB, l net.Listener, end chan struct{}, serve func(net.Conn)) {
	t.Cleanup(func() {
		close(end)
		_ = l.Close()
	})
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go serve(c)
		}
	}()
}

// serve passes requests on one by one: rollcall never has two in flight on
// one connection.
func (p *Proxy) serve(client net.Conn) {
	defer func() { _ = client.Close() }()
	server, err := p.upstream()
	if err != nil {
		p.t.Errorf("reach the directory: %v", err)
		return
	}
	defer func() { _ = server.Close() }()
	for {
		request, err := ber.ReadPacket(client)
		if err != nil || len(request.Children) < 2 {
			return
		}
		op, request := p.look(request)
		if _, err := server.Write(request.Bytes()); err != nil || op.Kind == "unbind" {
			return
		}
		answers, err := readAnswers(server)
		if err != nil || !p.answer(client, op, answers) {
			return
		}
	}
}

// look says what a request is, and turns one for a range into one for all values.
func (p *Proxy) look(request *ber.Packet) (Op, *ber.Packet) {
	body := request.Children[1]
	switch body.Tag {
	case tagUnbind:
		return Op{Kind: "unbind"}, request
	case tagSearch:
	default:
		return Op{Kind: "bind"}, request
	}
	op := Op{Kind: "search", Base: body.Children[0].Data.String()}
	op.Filter, _ = ldap.DecompileFilter(body.Children[6]) // the directory says what it does not understand
	if op.Base == Suffix && body.Children[1].Value == int64(2) {
		op.Page = int(p.Pages.Add(1))
	}
	attributes := body.Children[7]
	for _, a := range attributes.Children {
		if _, option, found := strings.Cut(a.Data.String(), ";range="); found {
			op.From, _ = strconv.Atoi(strings.TrimSuffix(option, "-*"))
			return op, withAttribute(request, "member")
		}
	}
	return op, request
}

// withAttribute is the search for one attribute instead of its own.
func withAttribute(request *ber.Packet, name string) *ber.Packet {
	out := ber.NewSequence("")
	out.AppendChild(request.Children[0])
	search := ber.Encode(ber.ClassApplication, ber.TypeConstructed, tagSearch, nil, "")
	for _, c := range request.Children[1].Children[:7] {
		search.AppendChild(c)
	}
	list := ber.NewSequence("")
	list.AppendChild(Octets(name))
	search.AppendChild(list)
	out.AppendChild(search)
	if len(request.Children) > 2 {
		out.AppendChild(request.Children[2])
	}
	return out
}

// readAnswers reads up to the message that ends an operation.
func readAnswers(server net.Conn) ([]*ber.Packet, error) {
	var list []*ber.Packet
	for {
		answer, err := ber.ReadPacket(server)
		if err != nil || len(answer.Children) < 2 {
			return nil, fmt.Errorf("read of slapd: %w", err)
		}
		list = append(list, answer)
		if tag := answer.Children[1].Tag; tag == tagSearchEnd || tag == tagBindResponse {
			return list, nil
		}
	}
}

// answer sends what slapd said, or half of it and then the fault.
func (p *Proxy) answer(client net.Conn, op Op, answers []*ber.Packet) bool {
	f := p.faultOf(op)
	last := answers[len(answers)-1]
	entries := answers[:len(answers)-1]
	if f.During != nil {
		f.During()
	}
	if f.Code != 0 || f.Drop || f.Hang || f.Garbage {
		entries = entries[:len(entries)/2]
	}
	for _, e := range entries {
		if _, err := client.Write(p.ranged(e, op.From).Bytes()); err != nil {
			return false
		}
	}
	switch {
	case f.Hang:
		<-p.released
		return false
	case f.Drop:
		return false
	case f.Garbage:
		_, _ = client.Write([]byte("HTTP/1.1 502 Bad Gateway\r\n\r\n")) // the client may be gone
		return false
	case f.Code != 0:
		last = ending(last, f.Code)
	case f.NoControl:
		last = ending(last, 0)
	}
	_, err := client.Write(last.Bytes())
	return err == nil
}

// ending is the end of the same operation with another result and no controls.
func ending(last *ber.Packet, code int) *ber.Packet {
	body := ber.Encode(ber.ClassApplication, ber.TypeConstructed, last.Children[1].Tag, nil, "")
	body.AppendChild(ber.NewInteger(ber.ClassUniversal, ber.TypePrimitive, ber.TagEnumerated, code, ""))
	body.AppendChild(Octets(""))
	body.AppendChild(Octets(""))
	out := ber.NewSequence("")
	out.AppendChild(last.Children[0])
	out.AppendChild(body)
	return out
}

// ranged cuts the values of member to the range that begins at from.
func (p *Proxy) ranged(message *ber.Packet, from int) *ber.Packet {
	if p.RangeSize == 0 || message.Children[1].Tag != tagEntry {
		return message
	}
	for _, a := range message.Children[1].Children[1].Children {
		values := a.Children[1].Children
		if a.Children[0].Data.String() != "member" || from == 0 && len(values) <= p.RangeSize {
			continue
		}
		name, to := fmt.Sprintf("member;range=%d-*", from), len(values)
		if from+p.RangeSize < len(values) {
			to = from + p.RangeSize
			name = fmt.Sprintf("member;range=%d-%d", from, to-1)
		}
		return withValues(message, name, values[from:to])
	}
	return message
}

// withValues is the entry with only these values beside what is not member.
func withValues(message *ber.Packet, name string, values []*ber.Packet) *ber.Packet {
	list := ber.NewSequence("")
	for _, a := range message.Children[1].Children[1].Children {
		if a.Children[0].Data.String() != "member" {
			list.AppendChild(a)
			continue
		}
		set := ber.Encode(ber.ClassUniversal, ber.TypeConstructed, ber.TagSet, nil, "")
		for _, v := range values {
			set.AppendChild(v)
		}
		one := ber.NewSequence("")
		one.AppendChild(Octets(name))
		one.AppendChild(set)
		list.AppendChild(one)
	}
	body := ber.Encode(ber.ClassApplication, ber.TypeConstructed, tagEntry, nil, "")
	body.AppendChild(message.Children[1].Children[0])
	body.AppendChild(list)
	out := ber.NewSequence("")
	out.AppendChild(message.Children[0])
	out.AppendChild(body)
	return out
}
