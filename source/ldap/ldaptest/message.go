package ldaptest

import ber "github.com/go-asn1-ber/asn1-ber"

// Op is what a server is about to answer.
type Op struct {
	// Kind is accept, bind, search or unbind.
	Kind, Base, Filter string
	// Page counts the pages of a search: those of a Fake from 0; those of a Proxy
	// from 1, for the search over all people, and 0 for any other. Last is true
	// on the last page of a Fake.
	Page int
	Last bool
	// From is where a further range of values begins, at a Proxy; 0 for none.
	From int
}

// Fault is what goes wrong; the zero value is nothing.
type Fault struct {
	// Code is the result of the operation, after half of the entries.
	Code int
	// Drop closes the connection after half of the entries, Hang is silent from
	// there on, Garbage sends what is no LDAP.
	Drop, Hang, Garbage bool
	// Says are the server's words beside a Code, from a Fake.
	Says string
	// NoControl leaves out the control of paged results.
	NoControl bool
	// Unasked is that a Fake sends the control of paged results, with a cookie, though
	// it was not asked for pages.
	Unasked bool
	// Referral is a continuation reference that a Fake adds.
	Referral string
	// Flood is sent by a Fake until nobody takes it any more.
	Flood *ber.Packet
	// During is called by a Proxy first.
	During func()
}

// endsEarly reports a fault that comes after half of the entries.
func (f *Fault) endsEarly() bool {
	breaks := f.Code != 0 || f.Drop || f.Hang || f.Garbage || f.Flood != nil
	return breaks && !f.NoControl && f.Referral == ""
}

// number is 0 for what is no number.
func number(p *ber.Packet) int64 {
	n, _ := p.Value.(int64)
	return n
}

// Octets is an octet string.
func Octets(s string) *ber.Packet {
	return ber.NewString(ber.ClassUniversal, ber.TypePrimitive, ber.TagOctetString, s, "")
}

func message(id int64, op *ber.Packet) *ber.Packet {
	m := ber.NewSequence("")
	m.AppendChild(ber.NewInteger(ber.ClassUniversal, ber.TypePrimitive, ber.TagInteger, id, ""))
	m.AppendChild(op)
	return m
}

// Result is the message that ends an operation.
func Result(id int64, tag ber.Tag, code int, controls *ber.Packet) *ber.Packet {
	return (&Fault{Code: code}).result(id, tag, controls)
}

// result is the same with the server's words.
func (f *Fault) result(id int64, tag ber.Tag, controls *ber.Packet) *ber.Packet {
	op := ber.Encode(ber.ClassApplication, ber.TypeConstructed, tag, nil, "")
	op.AppendChild(ber.NewInteger(ber.ClassUniversal, ber.TypePrimitive, ber.TagEnumerated, f.Code, ""))
	op.AppendChild(Octets(""))
	op.AppendChild(Octets(f.Says))
	m := message(id, op)
	if controls != nil {
		m.AppendChild(controls)
	}
	return m
}
