package main

import (
	"fmt"
	"net"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"

	ber "github.com/go-asn1-ber/asn1-ber"
)

// ldapProxy stands between rollcall and slapd, understands as much of LDAP
// as it needs, and does what a directory does on a bad day.
type ldapProxy struct {
	t        testing.TB
	upstream string
	url      string
	// fault is asked before each answer; nil for none.
	fault func(ldapOp) ldapFault
	// rangeSize splits the values of member as Active Directory does; 0 for never.
	rangeSize int
	pages     atomic.Int64
	released  chan struct{}
}

// ldapOp is what is about to be answered.
type ldapOp struct {
	kind, base string
	// page counts the pages of the sweep over all people from 1; 0 is no page of it.
	page int
	// from is where a further range of values begins; 0 for none.
	from int
}

// ldapFault is what goes wrong; the zero value is nothing.
type ldapFault struct {
	code                           int64
	drop, hang, garbage, noControl bool
	// during is called first.
	during func()
}

const (
	tagBindResponse                   = 1
	tagUnbind                         = 2
	tagSearch, tagEntry, tagSearchEnd = 3, 4, 5
)

func startProxy(t testing.TB, d *directory) *ldapProxy {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p := &ldapProxy{t: t, upstream: d.addr(), url: "ldap://" + l.Addr().String(), released: make(chan struct{})}
	t.Cleanup(func() {
		close(p.released)
		_ = l.Close()
	})
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go p.serve(c)
		}
	}()
	return p
}

// serve passes requests on one by one: rollcall never has two in flight on
// one connection.
func (p *ldapProxy) serve(client net.Conn) {
	defer func() { _ = client.Close() }()
	server, err := net.Dial("tcp", p.upstream)
	if err != nil {
		p.t.Errorf("reach slapd: %v", err)
		return
	}
	defer func() { _ = server.Close() }()
	for {
		request, err := ber.ReadPacket(client)
		if err != nil || len(request.Children) < 2 {
			return
		}
		op, request := p.look(request)
		if _, err := server.Write(request.Bytes()); err != nil || op.kind == "unbind" {
			return
		}
		answers, err := readAnswers(server)
		if err != nil || !p.answer(client, op, answers) {
			return
		}
	}
}

// look says what a request is, and turns one for a range into one for all values.
func (p *ldapProxy) look(request *ber.Packet) (ldapOp, *ber.Packet) {
	body := request.Children[1]
	switch body.Tag {
	case tagUnbind:
		return ldapOp{kind: "unbind"}, request
	case tagSearch:
	default:
		return ldapOp{kind: "bind"}, request
	}
	op := ldapOp{kind: "search", base: body.Children[0].Data.String()}
	if op.base == ldapSuffix && body.Children[1].Value == int64(2) {
		op.page = int(p.pages.Add(1))
	}
	attributes := body.Children[7]
	for _, a := range attributes.Children {
		if _, option, found := strings.Cut(a.Data.String(), ";range="); found {
			op.from, _ = strconv.Atoi(strings.TrimSuffix(option, "-*"))
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
	list.AppendChild(octets(name))
	search.AppendChild(list)
	out.AppendChild(search)
	if len(request.Children) > 2 {
		out.AppendChild(request.Children[2])
	}
	return out
}

func octets(s string) *ber.Packet {
	return ber.NewString(ber.ClassUniversal, ber.TypePrimitive, ber.TagOctetString, s, "")
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
func (p *ldapProxy) answer(client net.Conn, op ldapOp, answers []*ber.Packet) bool {
	var f ldapFault
	if p.fault != nil {
		f = p.fault(op)
	}
	last := answers[len(answers)-1]
	entries := answers[:len(answers)-1]
	if f.during != nil {
		f.during()
	}
	if f.code != 0 || f.drop || f.hang || f.garbage {
		entries = entries[:len(entries)/2]
	}
	for _, e := range entries {
		if _, err := client.Write(p.ranged(e, op.from).Bytes()); err != nil {
			return false
		}
	}
	switch {
	case f.hang:
		<-p.released
		return false
	case f.drop:
		return false
	case f.garbage:
		_, _ = client.Write([]byte("HTTP/1.1 502 Bad Gateway\r\n\r\n")) // the client may be gone
		return false
	case f.code != 0:
		last = ending(last, f.code)
	case f.noControl:
		last = ending(last, 0)
	}
	_, err := client.Write(last.Bytes())
	return err == nil
}

// ending is the end of the same operation with another result and no controls.
func ending(last *ber.Packet, code int64) *ber.Packet {
	body := ber.Encode(ber.ClassApplication, ber.TypeConstructed, last.Children[1].Tag, nil, "")
	body.AppendChild(ber.NewInteger(ber.ClassUniversal, ber.TypePrimitive, ber.TagEnumerated, code, ""))
	body.AppendChild(octets(""))
	body.AppendChild(octets(""))
	out := ber.NewSequence("")
	out.AppendChild(last.Children[0])
	out.AppendChild(body)
	return out
}

// ranged cuts the values of member to the range that begins at from.
func (p *ldapProxy) ranged(message *ber.Packet, from int) *ber.Packet {
	if p.rangeSize == 0 || message.Children[1].Tag != tagEntry {
		return message
	}
	for _, a := range message.Children[1].Children[1].Children {
		values := a.Children[1].Children
		if a.Children[0].Data.String() != "member" || from == 0 && len(values) <= p.rangeSize {
			continue
		}
		name, to := fmt.Sprintf("member;range=%d-*", from), len(values)
		if from+p.rangeSize < len(values) {
			to = from + p.rangeSize
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
		one.AppendChild(octets(name))
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
