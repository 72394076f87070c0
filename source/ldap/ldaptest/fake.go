package ldaptest

import (
	"fmt"
	"net"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	ber "github.com/go-asn1-ber/asn1-ber"
	"github.com/go-ldap/ldap/v3"

	"rollcall/source"
)

// Fake is a small LDAP server in this process that can misbehave in ways
// in which a real one cannot be made to, and can pass for Active Directory.
type Fake struct {
	t testing.TB
	// URL is its address.
	URL     string
	Root    Entry
	Entries []Entry
	// RangeSize splits values as Active Directory does; 0 for never.
	RangeSize int
	// Twist changes what a range is called, and its values.
	Twist func(name string, values []string) (string, []string)
	// HideFromFilters is a DN that searches below a base do not show.
	HideFromFilters string
	// NoPaging ignores the control of paged results.
	NoPaging bool
	// MaxPage refuses larger pages with code 11; 0 for never.
	MaxPage int
	Faults

	mu       sync.Mutex
	searches []string
	hung     chan struct{}
}

// Entry is one object of the directory.
type Entry struct {
	DN    string
	Attrs map[string][]string
}

// StartFake serves until the test ends.
func StartFake(t testing.TB, f *Fake) *Fake {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	f.t, f.URL, f.hung = t, "ldap://"+l.Addr().String(), make(chan struct{})
	serveAll(t, l, f.hung, f.serve)
	return f
}

// Searches are the requests that the server was sent.
func (f *Fake) Searches() []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return append([]string(nil), f.searches...)
}

func (f *Fake) serve(c net.Conn) {
	defer func() { _ = c.Close() }()
	if !f.misbehave(c, f.faultOf(Op{Kind: "accept"})) {
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
			fault := f.faultOf(Op{Kind: "bind"})
			ok = f.misbehave(c, fault) && f.send(c, fault.result(id, ldap.ApplicationBindResponse, nil))
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
func (f *Fake) misbehave(c net.Conn, fault Fault) bool {
	switch {
	case fault.Hang:
		<-f.hung
		return false
	case fault.Drop:
		return false
	case fault.Garbage:
		_, _ = c.Write([]byte("HTTP/1.1 400 Bad Request\r\n\r\n"))
		return false
	}
	return true
}

func (f *Fake) send(c net.Conn, p *ber.Packet) bool {
	_, err := c.Write(p.Bytes())
	return err == nil
}

func (f *Fake) search(c net.Conn, id int64, p *ber.Packet) bool {
	q := p.Children[1]
	base := q.Children[0].Data.String()
	filter, err := ldap.DecompileFilter(q.Children[6])
	if err != nil {
		f.t.Errorf("filter: %v", err)
	}
	found := f.find(base, number(q.Children[1]), q.Children[6])
	if found == nil {
		return f.send(c, Result(id, ldap.ApplicationSearchResultDone, ldap.LDAPResultNoSuchObject, nil))
	}
	size, offset, paged := pageOf(p)
	if f.MaxPage > 0 && paged && size > f.MaxPage {
		return f.send(c, Result(id, ldap.ApplicationSearchResultDone, ldap.LDAPResultAdminLimitExceeded, nil))
	}
	op := Op{Kind: "search", Base: base, Filter: filter}
	end := len(found)
	if paged && !f.NoPaging {
		end = min(offset+size, len(found))
		op.Page = offset / max(size, 1)
	}
	op.Last = end == len(found)
	f.mu.Lock()
	f.searches = append(f.searches, fmt.Sprintf("%s %s #%d %s", base, filter, op.Page, controlsOf(p)))
	f.mu.Unlock()
	var next *ber.Packet
	if paged && !f.NoPaging {
		next = pagingAnswer(offset+size, op.Last)
	}
	return f.answer(c, id, found[min(offset, end):end], attrsOf(q), f.faultOf(op), next)
}

func (f *Fake) answer(c net.Conn, id int64, page []Entry, attrs []string, fault Fault, next *ber.Packet) bool {
	half := page
	if fault.endsEarly() {
		half = page[:len(page)/2]
	}
	for _, e := range half {
		if !f.send(c, f.EntryPacket(id, e, attrs)) {
			return false
		}
	}
	if !f.misbehave(c, fault) {
		return false
	}
	for fault.Flood != nil {
		if !f.send(c, message(id, fault.Flood)) {
			return false
		}
	}
	if fault.Referral != "" {
		ref := ber.Encode(ber.ClassApplication, ber.TypeConstructed, ldap.ApplicationSearchResultReference, nil, "")
		ref.AppendChild(Octets(fault.Referral))
		if !f.send(c, message(id, ref)) {
			return false
		}
	}
	if fault.Unasked {
		next = pagingAnswer(len(page), false)
	}
	if fault.NoControl || fault.Code != 0 {
		next = nil
	}
	return f.send(c, fault.result(id, ldap.ApplicationSearchResultDone, next))
}

// find gives the entries in scope that the filter matches; nil without the base.
func (f *Fake) find(base string, scope int64, filter *ber.Packet) []Entry {
	if base == "" && scope == ldap.ScopeBaseObject {
		return []Entry{f.Root}
	}
	want, err := source.DNKey(base)
	if err != nil {
		return nil
	}
	found := []Entry{}
	exists := scope != ldap.ScopeBaseObject
	for _, e := range f.Entries {
		key, _ := source.DNKey(e.DN)
		in := key == want || scope != ldap.ScopeBaseObject && source.Under(key, want)
		exists = exists || key == want
		hidden := scope != ldap.ScopeBaseObject && e.DN == f.HideFromFilters
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
func matchFilter(p *ber.Packet, e Entry) bool {
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
		return source.SameName(p.Data.String(), "objectClass") || len(e.values(p.Data.String())) > 0
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

func equalityMatch(p *ber.Packet, e Entry) bool {
	attr, value := p.Children[0].Data.String(), p.Children[1].Data.String()
	if source.SameName(attr, "entryDN") || source.SameName(attr, "distinguishedName") {
		a, _ := source.DNKey(e.DN)
		b, err := source.DNKey(value)
		return err == nil && a == b
	}
	if source.SameName(attr, "objectSid") {
		value = SID(value)
	}
	return containsFold(e.values(attr), value)
}

func (e Entry) values(name string) []string {
	for k, v := range e.Attrs {
		if source.SameName(k, name) {
			return v
		}
	}
	return nil
}

// EntryPacket is the message that shows an entry.
func (f *Fake) EntryPacket(id int64, e Entry, attrs []string) *ber.Packet {
	list := ber.NewSequence("")
	for _, asked := range attrs {
		name, _, _ := strings.Cut(asked, ";")
		values := e.values(name)
		if len(values) == 0 {
			continue
		}
		if f.RangeSize > 0 && (len(values) > f.RangeSize || strings.Contains(asked, ";range=")) {
			if asked, values = f.ranged(asked, values); f.Twist != nil {
				asked, values = f.Twist(asked, values)
			}
		}
		set := ber.Encode(ber.ClassUniversal, ber.TypeConstructed, ber.TagSet, nil, "")
		for _, v := range values {
			set.AppendChild(Octets(v))
		}
		one := ber.NewSequence("")
		one.AppendChild(Octets(asked))
		one.AppendChild(set)
		list.AppendChild(one)
	}
	op := ber.Encode(ber.ClassApplication, ber.TypeConstructed, ldap.ApplicationSearchResultEntry, nil, "")
	op.AppendChild(Octets(e.DN))
	op.AppendChild(list)
	return message(id, op)
}

func (f *Fake) ranged(asked string, values []string) (string, []string) {
	name, option, _ := strings.Cut(asked, ";range=")
	from, _ := strconv.Atoi(strings.TrimSuffix(option, "-*"))
	to := from + f.RangeSize
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

func containsFold(list []string, want string) bool {
	return slices.ContainsFunc(list, func(s string) bool { return source.SameName(s, want) })
}
