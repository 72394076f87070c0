package people

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"rollcall/source"
	"rollcall/source/internal/dates"
	"rollcall/source/ldap/internal/wire"
)

// Mapper makes people of entries. It asks nothing of the server.
type Mapper struct {
	// Source is the name of the source.
	Source string
	Config *Config
	Schema *Schema
	Kind   ServerKind
	Now    func() time.Time
	// Requested are the attributes that templates use.
	Requested []string
	// TimestampAttr is the attribute with the time of the last change; empty when
	// it is not needed.
	TimestampAttr string
}

// Config says what people and groups look like and which attributes of people
// count. Its fields are those of the configuration file, with the defaults
// filled in.
type Config struct {
	// Schema is one of the Schema constants.
	Schema                           string
	UserClasses, GroupClasses        []string
	MemberAttributes, NameAttributes []string
	GroupFilter                      string

	ID, UserName string
	Email        EmailTemplate
	OtherEmails  []string
	// EmailDomains replaces domains, both folded.
	EmailDomains                    map[string]string
	ExternalID, FirstName, LastName string
	Start, End                      string
	Dates                           dates.Reader
	LockedIsDisabled                bool
}

// Attributes are what a read of people asks for: those in use, and no more.
func (m *Mapper) Attributes() []string {
	list := []string{"objectClass"}
	add := func(names ...string) {
		for _, n := range names {
			if n != "" && !ContainsFold(list, n) {
				list = append(list, n)
			}
		}
	}
	add(m.Schema.IDs...)
	add(m.Config.Email.Attributes()...)
	add(m.Config.OtherEmails...)
	add(m.Config.ExternalID, m.Config.FirstName, m.Config.LastName, m.Config.Start, m.Config.End)
	if len(m.Schema.Names) > 0 {
		add(m.Config.UserName)
	}
	switch {
	case m.Kind == KindADLDS:
		add("msDS-UserAccountDisabled", "accountExpires")
	case m.Schema.Name == SchemaAD:
		add("userAccountControl", "accountExpires")
	default:
		add("nsAccountLock", "shadowExpire", "krbPrincipalExpiration")
	}
	if m.Config.LockedIsDisabled {
		add("pwdAccountLockedTime")
	}
	add(m.TimestampAttr)
	add(m.Requested...)
	return list
}

// Person turns an entry into a person. why is not empty when that cannot be
// done: then the member is unknown (S10).
func (m *Mapper) Person(e *wire.Entry) (p source.Person, why string) {
	p.Origin = source.Origin{Source: m.Source, DN: e.DN}
	if p.ID, why = m.StableID(e); why != "" {
		return p, why
	}
	emails, bad := m.addresses(e)
	if len(emails) > 0 {
		p.Email, p.OtherEmails = emails[0], emails[1:]
		slices.Sort(p.OtherEmails)
	}
	if p.ID == "" && p.Email == "" {
		if bad > 0 {
			return p, "has no id, and no value of its email attribute is a valid address"
		}
		return p, "has neither an id nor an email address that the bind account can read"
	}
	if p.Disabled, why = m.disabled(e); why != "" {
		return p, why
	}
	if p.Period, why = m.period(e); why != "" {
		return p, why
	}
	if p.ExternalID = attributeText(m.Config.ExternalID, e.First(m.Config.ExternalID)); source.HasInvisible(p.ExternalID) {
		return p, "has an external id with control or invisible characters" // S35
	}
	p.FirstName, p.LastName = Text(e.First(m.Config.FirstName)), Text(e.First(m.Config.LastName))
	p.Attributes = m.requestedOf(e)
	return p, ""
}

// Text is a value as it may be shown; what is no UTF-8 is marked.
func Text(s string) string { return strings.ToValidUTF8(s, "�") }

// StableID is the id that outlives the address (S01); why is not empty when it
// cannot be used.
func (m *Mapper) StableID(e *wire.Entry) (id, why string) {
	for _, name := range m.Schema.IDs {
		if len(e.Get(name)) > 1 { // S02: LDAP values have no order
			return "", "has several values of " + name + ": an id needs one"
		}
		id = attributeText(name, e.First(name))
		// FreeIPA writes the word while it has not made the id yet.
		if id != "" && id != "autogenerate" {
			break
		}
		id = ""
	}
	if source.HasInvisible(id) {
		return "", "has an id with control or invisible characters" // S35
	}
	return id, ""
}

// requestedOf gives the attributes that templates use. Their values are sorted:
// LDAP values have no order (RFC 4511 section 4.1.7), and a server that answers
// in another order must cause no change of metadata.
func (m *Mapper) requestedOf(e *wire.Entry) source.Attributes {
	var list source.Attributes
	for _, name := range m.Requested {
		values := e.Get(name)
		if len(values) == 0 {
			continue
		}
		a := source.Attribute{Name: name, Values: make([]string, len(values))}
		for i, v := range values {
			a.Values[i] = attributeText(name, v)
		}
		slices.Sort(a.Values)
		list = append(list, a)
	}
	return list
}

// disabled says why an account no longer counts; such a person was read and is
// a leaver (S10). why is not empty when it cannot be told. Accounts that end on
// a day are not its matter, see period.
func (m *Mapper) disabled(e *wire.Entry) (reason, why string) {
	if m.Schema.Name == SchemaAD {
		return m.disabledAD(e)
	}
	if source.SameName(e.First("nsAccountLock"), "TRUE") {
		return "locked in the directory (nsAccountLock)", ""
	}
	return m.locked(e), ""
}

// locked reads the password policy's lock. 000001010000Z is one that only an
// administrator lifts; any other is when it began.
func (m *Mapper) locked(e *wire.Entry) (reason string) {
	since := e.First("pwdAccountLockedTime")
	if !m.Config.LockedIsDisabled || since == "" {
		return ""
	}
	if at, ok := GeneralizedTime(since); since != "000001010000Z" && (!ok || at.After(m.Now())) {
		return ""
	}
	return "locked in the directory (pwdAccountLockedTime)"
}

// disabledAD reads bit 2 of userAccountControl.
func (m *Mapper) disabledAD(e *wire.Entry) (reason, why string) {
	if m.Kind == KindADLDS {
		if source.SameName(e.First("msDS-UserAccountDisabled"), "TRUE") {
			return "disabled in the directory (msDS-UserAccountDisabled)", ""
		}
	} else {
		flags, err := strconv.ParseInt(e.First("userAccountControl"), 10, 64)
		if err != nil {
			return "", "has no userAccountControl that the bind account can read, so rollcall cannot tell whether the account is disabled"
		}
		const accountDisable = 2
		if flags&accountDisable != 0 {
			return "disabled in the directory (userAccountControl)", ""
		}
	}
	return "", ""
}
