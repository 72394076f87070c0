package source

import (
	"fmt"
	"net"
	"strconv"
	"strings"
	"sync"
	"testing"

	ber "github.com/go-asn1-ber/asn1-ber"
	"github.com/go-ldap/ldap/v3"
)

// fakeLDAP is a small LDAP server in this process that can misbehave in ways
// in which a real one cannot be made to, and can pass for Active Directory.
type fakeLDAP struct {
	t       testing.TB
	url     string
	root    fakeEntry
	entries []fakeEntry
	// rangeSize splits values as Active Directory does; 0 for never.
	rangeSize int
	// twist changes what a range is called, and its values.
	twist func(name string, values []string) (string, []string)
	// hideFromFilters is a DN that searches below a base do not show.
	hideFromFilters string
	// noPaging ignores the control of paged results.
	noPaging bool
	// maxPage refuses larger pages with code 11; 0 for never.
	maxPage int
	// fault decides before each answer what goes wrong.
	fault func(fakeOp) fakeFault

	mu       sync.Mutex
	searches []string
	hung     chan struct{}
}

type fakeEntry struct {
	dn    string
	attrs map[string][]string
}

// fakeOp is what the server is about to answer.
type fakeOp struct {
	// kind is accept, bind or search.
	kind, base, filter string
	// page counts from 0; last is true on the last.
	page int
	last bool
}

// fakeFault is what goes wrong; the zero value is nothing.
type fakeFault struct {
	code int
	// drop closes the connection, after half of the page's entries.
	drop, hang, noControl, garbage bool
	referral                       string
	// flood is sent until nobody takes it any more.
	flood *ber.Packet
}

func startFake(t testing.TB, f *fakeLDAP) *fakeLDAP {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	f.t, f.url, f.hung = t, "ldap://"+l.Addr().String(), make(chan struct{})
	if f.fault == nil {
		f.fault = func(fakeOp) fakeFault { return fakeFault{} }
	}
	t.Cleanup(func() {
		close(f.hung)
		_ = l.Close()
	})
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go f.serve(c)
		}
	}()
	return f
}

func (f *fakeLDAP) config() LDAPConfig {
	return LDAPConfig{URLs: []string{f.url}, TLS: tlsOff, Bind: bindAnonymous, BaseDN: slapdSuffix, Connections: 1}
}

func (f *fakeLDAP) asked() []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return append([]string(nil), f.searches...)
}

func (f *fakeLDAP) serve(c net.Conn) {
	defer func() { _ = c.Close() }()
	if !f.misbehave(c, f.fault(fakeOp{kind: "accept"})) {
		return
	}
	for {
		p, err := ber.ReadPacket(c)
		if err != nil || len(p.Children) < 2 {
			return
		}
		id, op := number(p.Children[0]), p.Children[1]
		var ok bool
		switch int(op.Tag) {
		case ldap.ApplicationBindRequest:
			fault := f.fault(fakeOp{kind: "bind"})
			ok = f.misbehave(c, fault) && f.send(c, result(id, ldap.ApplicationBindResponse, fault.code, nil))
		case ldap.ApplicationSearchRequest:
			ok = f.search(c, id, p)
		default:
		}
		if !ok {
			return
		}
	}
}

// misbehave hangs or drops; it answers whether to go on.
func (f *fakeLDAP) misbehave(c net.Conn, fault fakeFault) bool {
	switch {
	case fault.hang:
		<-f.hung
		return false
	case fault.drop:
		return false
	case fault.garbage:
		_, _ = c.Write([]byte("HTTP/1.1 400 Bad Request\r\n\r\n"))
		return false
	}
	return true
}

func (f *fakeLDAP) send(c net.Conn, p *ber.Packet) bool {
	_, err := c.Write(p.Bytes())
	return err == nil
}

func (f *fakeLDAP) search(c net.Conn, id int64, p *ber.Packet) bool {
	q := p.Children[1]
	base := q.Children[0].Data.String()
	filter, err := ldap.DecompileFilter(q.Children[6])
	if err != nil {
		f.t.Errorf("filter: %v", err)
	}
	found := f.find(base, number(q.Children[1]), q.Children[6])
	if found == nil {
		return f.send(c, result(id, ldap.ApplicationSearchResultDone, ldap.LDAPResultNoSuchObject, nil))
	}
	size, offset, paged := pageOf(p)
	if f.maxPage > 0 && paged && size > f.maxPage {
		return f.send(c, result(id, ldap.ApplicationSearchResultDone, ldap.LDAPResultAdminLimitExceeded, nil))
	}
	op := fakeOp{kind: "search", base: base, filter: filter}
	end := len(found)
	if paged && !f.noPaging {
		end = min(offset+size, len(found))
		op.page = offset / max(size, 1)
	}
	op.last = end == len(found)
	f.mu.Lock()
	f.searches = append(f.searches, fmt.Sprintf("%s %s #%d %s", base, filter, op.page, controlsOf(p)))
	f.mu.Unlock()
	var next *ber.Packet
	if paged && !f.noPaging {
		next = pagingAnswer(offset+size, op.last)
	}
	return f.answer(c, id, found[min(offset, end):end], attrsOf(q), f.fault(op), next)
}

func (f *fakeLDAP) answer(c net.Conn, id int64, page []fakeEntry, attrs []string, fault fakeFault, next *ber.Packet) bool {
	half := page
	if fault != (fakeFault{}) && !fault.noControl && fault.referral == "" {
		half = page[:len(page)/2]
	}
	for _, e := range half {
		if !f.send(c, f.entryPacket(id, e, attrs)) {
			return false
		}
	}
	if !f.misbehave(c, fault) {
		return false
	}
	for fault.flood != nil {
		if !f.send(c, message(id, fault.flood)) {
			return false
		}
	}
	if fault.referral != "" {
		ref := ber.Encode(ber.ClassApplication, ber.TypeConstructed, ldap.ApplicationSearchResultReference, nil, "")
		ref.AppendChild(octets(fault.referral))
		if !f.send(c, message(id, ref)) {
			return false
		}
	}
	if fault.noControl || fault.code != 0 {
		next = nil
	}
	return f.send(c, result(id, ldap.ApplicationSearchResultDone, fault.code, next))
}

// find gives the entries in scope that the filter matches; nil without the base.
func (f *fakeLDAP) find(base string, scope int64, filter *ber.Packet) []fakeEntry {
	if base == "" && scope == ldap.ScopeBaseObject {
		return []fakeEntry{f.root}
	}
	want, err := dnKey(base)
	if err != nil {
		return nil
	}
	found := []fakeEntry{}
	exists := scope != ldap.ScopeBaseObject
	for _, e := range f.entries {
		key, _ := dnKey(e.dn)
		in := key == want || scope != ldap.ScopeBaseObject && under(key, want)
		exists = exists || key == want
		hidden := scope != ldap.ScopeBaseObject && e.dn == f.hideFromFilters
		if in && !hidden && matchFilter(filter, e) {
			found = append(found, e)
		}
	}
	if !exists {
		return nil
	}
	return found
}

// matchFilter evaluates what the source's filters are made of.
func matchFilter(p *ber.Packet, e fakeEntry) bool {
	switch int(p.Tag) {
	case ldap.FilterAnd:
		for _, c := range p.Children {
			if !matchFilter(c, e) {
				return false
			}
		}
		return true
	case ldap.FilterOr:
		for _, c := range p.Children {
			if matchFilter(c, e) {
				return true
			}
		}
		return false
	case ldap.FilterNot:
		return !matchFilter(p.Children[0], e)
	case ldap.FilterPresent:
		return sameName(p.Data.String(), "objectClass") || len(e.values(p.Data.String())) > 0
	case ldap.FilterEqualityMatch:
		return equalityMatch(p, e)
	case ldap.FilterSubstrings:
		prefix := p.Children[1].Children[0].Data.String()
		return strings.HasPrefix(strings.ToLower(strings.Join(e.values(p.Children[0].Data.String()), "")), strings.ToLower(prefix))
	case ldap.FilterExtensibleMatch:
		return containsFold(e.values("inChain"), p.Children[2].Data.String())
	}
	return false
}

func equalityMatch(p *ber.Packet, e fakeEntry) bool {
	attr, value := p.Children[0].Data.String(), p.Children[1].Data.String()
	if sameName(attr, "entryDN") || sameName(attr, "distinguishedName") {
		a, _ := dnKey(e.dn)
		b, err := dnKey(value)
		return err == nil && a == b
	}
	return containsFold(e.values(attr), value)
}

func (e fakeEntry) values(name string) []string {
	for k, v := range e.attrs {
		if sameName(k, name) {
			return v
		}
	}
	return nil
}

func (f *fakeLDAP) entryPacket(id int64, e fakeEntry, attrs []string) *ber.Packet {
	list := ber.NewSequence("")
	for _, asked := range attrs {
		name, _, _ := strings.Cut(asked, ";")
		values := e.values(name)
		if len(values) == 0 {
			continue
		}
		if f.rangeSize > 0 && (len(values) > f.rangeSize || strings.Contains(asked, ";range=")) {
			if asked, values = f.ranged(asked, values); f.twist != nil {
				asked, values = f.twist(asked, values)
			}
		}
		set := ber.Encode(ber.ClassUniversal, ber.TypeConstructed, ber.TagSet, nil, "")
		for _, v := range values {
			set.AppendChild(octets(v))
		}
		one := ber.NewSequence("")
		one.AppendChild(octets(asked))
		one.AppendChild(set)
		list.AppendChild(one)
	}
	op := ber.Encode(ber.ClassApplication, ber.TypeConstructed, ldap.ApplicationSearchResultEntry, nil, "")
	op.AppendChild(octets(e.dn))
	op.AppendChild(list)
	return message(id, op)
}

func (f *fakeLDAP) ranged(asked string, values []string) (string, []string) {
	name, option, _ := strings.Cut(asked, ";range=")
	from, _ := strconv.Atoi(strings.TrimSuffix(option, "-*"))
	to := from + f.rangeSize
	if to >= len(values) {
		return fmt.Sprintf("%s;range=%d-*", name, from), values[min(from, len(values)):]
	}
	return fmt.Sprintf("%s;range=%d-%d", name, from, to-1), values[from:to]
}

// controlsOf lists the OIDs of a request's controls.
func controlsOf(p *ber.Packet) (list []string) {
	if len(p.Children) > 2 {
		for _, c := range p.Children[2].Children {
			list = append(list, c.Children[0].Data.String())
		}
	}
	return list
}

func attrsOf(q *ber.Packet) []string {
	var list []string
	for _, a := range q.Children[7].Children {
		list = append(list, a.Data.String())
	}
	return list
}

func pageOf(p *ber.Packet) (size, offset int, ok bool) {
	if len(p.Children) < 3 {
		return 0, 0, false
	}
	for _, c := range p.Children[2].Children {
		control, err := ldap.DecodeControl(c)
		if paging, is := control.(*ldap.ControlPaging); err == nil && is {
			offset, _ = strconv.Atoi(string(paging.Cookie))
			return int(paging.PagingSize), offset, true
		}
	}
	return 0, 0, false
}

func pagingAnswer(offset int, last bool) *ber.Packet {
	c := ldap.NewControlPaging(0)
	if !last {
		c.SetCookie([]byte(strconv.Itoa(offset)))
	}
	list := ber.Encode(ber.ClassContext, ber.TypeConstructed, 0, nil, "")
	list.AppendChild(c.Encode())
	return list
}

// number is 0 for what is no number.
func number(p *ber.Packet) int64 {
	n, _ := p.Value.(int64)
	return n
}

func octets(s string) *ber.Packet {
	return ber.NewString(ber.ClassUniversal, ber.TypePrimitive, ber.TagOctetString, s, "")
}

func message(id int64, op *ber.Packet) *ber.Packet {
	m := ber.NewSequence("")
	m.AppendChild(ber.NewInteger(ber.ClassUniversal, ber.TypePrimitive, ber.TagInteger, id, ""))
	m.AppendChild(op)
	return m
}

func result(id int64, tag ber.Tag, code int, controls *ber.Packet) *ber.Packet {
	op := ber.Encode(ber.ClassApplication, ber.TypeConstructed, tag, nil, "")
	op.AppendChild(ber.NewInteger(ber.ClassUniversal, ber.TypePrimitive, ber.TagEnumerated, code, ""))
	op.AppendChild(octets(""))
	op.AppendChild(octets(""))
	m := message(id, op)
	if controls != nil {
		m.AppendChild(controls)
	}
	return m
}
