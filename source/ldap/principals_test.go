package ldap

import (
	"fmt"
	"slices"
	"testing"

	"rollcall/source"
	"rollcall/source/ldap/internal/rootdse"
	"rollcall/source/ldap/ldaptest"
)

const adSID = "S-1-5-21-7-8-9"

// domainOf is a domain with a SID, whose group g lists user 0 and somebody of another
// domain.
func domainOf(t *testing.T) *ldaptest.Fake {
	t.Helper()
	sid := func(rid uint32) map[string][]string {
		return map[string][]string{"objectSid": {ldaptest.SID(fmt.Sprint(adSID, "-", rid))}}
	}
	foreign := ldaptest.Entry{DN: "CN=S-1-5-21-1-2-3-1105,CN=ForeignSecurityPrincipals," + adBase, Attrs: map[string][]string{
		"objectClass": {"top", "foreignSecurityPrincipal"}, "objectSid": {ldaptest.SID("S-1-5-21-1-2-3-1105")}}}
	left := sid(1107)
	left["description"] = []string{"left"}
	group := adGroup("g", 1200, adDN(0), foreign.DN)
	group.Attrs["objectSid"] = sid(1200)["objectSid"]
	return ldaptest.StartFake(t, fakeAD(
		ldaptest.Entry{DN: adBase, Attrs: map[string][]string{"objectClass": {"domain"}, "objectSid": {ldaptest.SID(adSID)}}},
		adUser(0, sid(1105)), adUser(1, sid(1106)), adUser(2, left), adUser(3, sid(1109)), adUser(4, sid(1109)), foreign, group))
}

// A domain shows the people of a SID wherever they are, and says which members of its groups
// are of other domains. user_filter makes leavers. A SID that two entries have is nobody's.
// That of a group is the group.
func TestADPeopleBySID(t *testing.T) {
	f := domainOf(t)
	cfg := adConfig(f)
	cfg.UserFilter = "(!(description=left))"
	want := adNamed("g")
	for _, rid := range []int{1105, 1106, 1107, 1109, 1199, 1200} {
		want.Members = append(want.Members, fmt.Sprint(adSID, "-", rid))
	}
	snap := readLDAP(t, cfg, want)
	if snap.Domain != adSID {
		t.Errorf("the domain is %q", snap.Domain)
	}
	got := map[string]string{}
	for sid, at := range snap.BySID {
		got[sid[len(adSID):]] = snap.People[at].Email + " " + snap.People[at].Disabled
	}
	for rid, who := range map[string]string{"-1105": "u0@corp.example ", "-1106": "u1@corp.example ", "-1107": "u2@corp.example excluded by user_filter"} {
		if got[rid] != who {
			t.Errorf("%s is %q, want %q", rid, got[rid], who)
		}
	}
	inner, ok := snap.Inner[adSID+"-1200"]
	if !ok || len(snap.Inner) != 1 || inner.Name != "g" || len(inner.Members) != 1 || len(inner.Unusable) != 1 {
		t.Errorf("groups are %v", snap.Inner)
	}
	if len(got) != 3 {
		t.Errorf("people by SID are %q", got)
	}
	if u := snap.Groups[0].Unusable; len(u) != 1 || u[0].SID != "S-1-5-21-1-2-3-1105" {
		t.Errorf("unreadable are %v", u)
	}
}

// Elsewhere people may write an objectSid of their own, and make entries of any class, so
// there a SID means nobody (S01).
func TestS01ASIDIsBelievedFromActiveDirectoryOnly(t *testing.T) {
	for name, capabilities := range map[string][]string{"another directory": nil, "AD LDS": {rootdse.OIDADLDS, rootdse.OIDAD}} {
		f := domainOf(t)
		f.Root.Attrs["supportedCapabilities"] = capabilities
		cfg := adConfig(f)
		cfg.Schema, cfg.ID = "active-directory", "objectGUID"
		want := adNamed("g")
		want.Members = []string{adSID + "-1106"}
		snap := readLDAP(t, cfg, want)
		if snap.Domain != "" || len(snap.BySID) > 0 {
			t.Errorf("%s: domain %q, people %v", name, snap.Domain, snap.BySID)
		}
		if slices.ContainsFunc(snap.Groups[0].Unusable, func(u source.Unusable) bool { return u.SID != "" }) || len(snap.Groups[0].Unusable) != 1 {
			t.Errorf("%s: unreadable are %v", name, snap.Groups[0].Unusable)
		}
	}
}
