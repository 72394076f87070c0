package source

import (
	"strconv"
	"strings"
)

// personAttributes are the attributes that a read of people asks for: those in
// use, and no more.
func (r *session) personAttributes() []string {
	list := []string{"objectClass"}
	add := func(names ...string) {
		for _, n := range names {
			if n != "" && !containsFold(list, n) {
				list = append(list, n)
			}
		}
	}
	add(r.schema.ids...)
	add(r.email.attributes()...)
	add(r.cfg.OtherEmails...)
	add(r.cfg.ExternalID, r.cfg.FirstName, r.cfg.LastName, r.cfg.Start, r.cfg.End)
	if len(r.schema.names) > 0 {
		add(r.cfg.UserName)
	}
	switch {
	case r.root.kind == kindADLDS:
		add("msDS-UserAccountDisabled", "accountExpires")
	case r.schema.name == schemaAD:
		add("userAccountControl", "accountExpires")
	default:
		add("nsAccountLock", "shadowExpire")
	}
	if r.cfg.LockedIsDisabled {
		add("pwdAccountLockedTime")
	}
	add(r.stampAttr)
	add(r.request.Attributes...)
	return list
}

// person turns an entry into a person. why is not empty when that cannot be
// done: then the member is unknown (S10).
func (r *session) person(e *entry) (p Person, why string) {
	p.Origin = Origin{Source: r.name, DN: e.dn}
	if p.ID, why = r.stableID(e); why != "" {
		return p, why
	}
	emails, bad := r.addresses(e)
	if len(emails) > 0 {
		p.Email, p.OtherEmails = emails[0], emails[1:]
	}
	if p.ID == "" && p.Email == "" {
		if bad > 0 {
			return p, "has no id, and no value of its e-mail attribute is a usable address"
		}
		return p, "has neither an id nor an e-mail address that this bind may see"
	}
	if p.Disabled, why = r.disabled(e); why != "" {
		return p, why
	}
	if p.Term, why = r.term(e); why != "" {
		return p, why
	}
	if p.ExternalID = attributeText(r.cfg.ExternalID, e.first(r.cfg.ExternalID)); hasInvisible(p.ExternalID) {
		return p, "has an external id with control or invisible characters" // S35
	}
	p.FirstName, p.LastName = text(e.first(r.cfg.FirstName)), text(e.first(r.cfg.LastName))
	p.Attributes = r.requested(e)
	return p, ""
}

// text is a value as it may be shown; what is no UTF-8 is marked.
func text(s string) string { return strings.ToValidUTF8(s, "�") }

func (r *session) stableID(e *entry) (id, why string) {
	for _, name := range r.schema.ids {
		id = attributeText(name, e.first(name))
		// FreeIPA writes the word while it has not made the id yet.
		if id != "" && id != "autogenerate" {
			break
		}
		id = ""
	}
	if hasInvisible(id) {
		return "", "has an id with control or invisible characters" // S35
	}
	return id, ""
}

func (r *session) requested(e *entry) Attributes {
	var list Attributes
	for _, name := range r.request.Attributes {
		values := e.get(name)
		if len(values) == 0 {
			continue
		}
		a := Attribute{Name: name, Values: make([]string, len(values))}
		for i, v := range values {
			a.Values[i] = attributeText(name, v)
		}
		list = append(list, a)
	}
	return list
}

// disabled says why an account no longer counts; such a person was read and is
// a leaver (S10). why is not empty when it cannot be told. Accounts that end on
// a day are not its matter, see term.
func (r *session) disabled(e *entry) (reason, why string) {
	if r.schema.name == schemaAD {
		return r.disabledAD(e)
	}
	if sameName(e.first("nsAccountLock"), "TRUE") {
		return "locked in the directory (nsAccountLock)", ""
	}
	return r.locked(e), ""
}

// locked reads the password policy's lock. 000001010000Z is one that only an
// administrator lifts; any other is when it began.
func (r *session) locked(e *entry) (reason string) {
	since := e.first("pwdAccountLockedTime")
	if !r.cfg.LockedIsDisabled || since == "" {
		return ""
	}
	if at, ok := generalizedTime(since); since != "000001010000Z" && (!ok || at.After(r.now())) {
		return ""
	}
	return "locked in the directory (pwdAccountLockedTime)"
}

// disabledAD reads bit 2 of userAccountControl.
func (r *session) disabledAD(e *entry) (reason, why string) {
	if r.root.kind == kindADLDS {
		if sameName(e.first("msDS-UserAccountDisabled"), "TRUE") {
			return "disabled in the directory (msDS-UserAccountDisabled)", ""
		}
	} else {
		flags, err := strconv.ParseInt(e.first("userAccountControl"), 10, 64)
		if err != nil {
			return "", "has no userAccountControl that this bind may see, so nobody can tell whether it is disabled"
		}
		const accountDisable = 2
		if flags&accountDisable != 0 {
			return "disabled in the directory (userAccountControl)", ""
		}
	}
	return "", ""
}
