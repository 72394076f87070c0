package source

import (
	"context"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Source is one directory of groups and people. Read answers with all that
// was asked for or with an error, never with a part of it (S09).
type Source interface {
	// Name is the name the configuration gives the source; it goes into markers.
	Name() string
	// Read reads the groups that want names and the people in them. A
	// non-nil Snapshot is whole. An error says that nothing may be concluded.
	Read(ctx context.Context, want Request) (*Snapshot, error)
}

// LastChange is what a server says of its newest change when nothing else is read.
type LastChange struct {
	// Server names the server that answered.
	Server string
	// Revision is its newest change, in the form that [Revision.OlderThan] compares.
	Revision Revision
}

// Request says what a run needs, so that a source asks its directory for no more.
type Request struct {
	// Groups are the patterns of the rules. None at all: every group (a
	// source in the membership form needs none).
	Groups []Selector
	// Attributes are the attribute or column names that templates use.
	Attributes []string
	// Also are people to read whether or not a group lists them, by the stable
	// ids or addresses of earlier reads (S25). A person whom
	// the source does not hold is absent from the Snapshot.
	Also []string
	// Members are what groups of other domains list of this one, by DN, and in Active
	// Directory also by SID: people, and groups, whose people are read too.
	Members []string
}

// Snapshot is what a source held when it was read, whole.
type Snapshot struct {
	Source string
	// People holds each person once: members of the groups and of the rows, and
	// those that Request.Also names.
	People []Person
	// Groups holds the groups that answered at least one Selector.
	Groups []Group
	// Rows is filled by sources in the membership form, which need no rules.
	Rows []Row
	// Decisions is filled by an access review, which adds no members.
	Decisions []Decision
	// Names are the attributes or columns that the source has, of which
	// templates may ask; nil when it does not say. FoldNames says that they
	// compare without case.
	Names     []string
	FoldNames bool
	// Missing lists, by index, the selectors that no group answered; Meant names
	// the group that was likely meant, where one is near.
	Missing []int
	Meant   map[int]string
	// StableIDs is true when people carry an id that outlives their address (S01, S02).
	StableIDs bool
	// UniqueIDs is true when the reader has refused ids that repeat (S02).
	UniqueIDs bool
	// NoRemovals, when not empty, says why nothing may be removed, demoted
	// or set to null on the strength of this read (S11, S12).
	NoRemovals []string
	// MissingCanaries lists what the configuration says must be there and the
	// read does not show (S13), such as "person ann@corp.example".
	MissingCanaries []string
	// Notes are things to tell the admin that stop nothing.
	Notes []Note
	// Files lists the files that were read, sorted; empty for a directory and
	// for standard input (S11).
	Files []string
	// Path is the path or glob that the configuration gives for the files; "-" is
	// standard input or a server. It is empty where nothing is said of it.
	Path string
	// Newest says that only the file of the path whose name comes last was read.
	Newest bool
	// Elsewhere are the other people of a file; nil where the source does not know
	// who else there is.
	Elsewhere *Elsewhere
	// Alike are people of groups that nobody asked for, and whose names differ from a
	// name that was asked for only in letter case, blanks or punctuation; nil where the
	// source does not know.
	Alike *Elsewhere
	// Filtered says that not all rows of the files count: the configuration chooses some.
	Filtered bool
	// LeftOut are rows that do not count and that name somebody of Request.Also.
	LeftOut []LeftOut
	// Unclear says of people, by their places in People, why nobody knows whether they
	// count: they keep what they have, and get nothing new (S10).
	Unclear map[int]string
	// Tree is the DN below which the source looks for people; empty where there are no
	// DNs. Groups of other sources may list people there.
	Tree string
	// Domain is the SID of the domain, and BySID has the places in People of those whom
	// Request.Members names by SID. Both are empty where the server is not Active Directory:
	// elsewhere people may write an objectSid of their own (S01).
	Domain string
	BySID  map[string]int
	// Inner has the groups that Request.Members names, by the DN or SID there.
	Inner map[string]Group
	// Flat says that groups within groups do not count.
	Flat bool
	// Server names the one server that was read; empty for files (S12).
	Server string
	// Revision is the newest change that the server shows; empty for files (S12).
	Revision Revision
}

// AsksFor reports whether the configuration still asks for a file of an earlier
// read: another path in it makes no file vanish (S11).
func (s *Snapshot) AsksFor(file string) bool {
	if s.Path == "" || s.Path == file || filepath.Clean(s.Path) == file {
		return true
	}
	if s.Newest && len(s.Files) == 1 && CompareNames(file, s.Files[0]) < 0 {
		return false
	}
	match, err := filepath.Match(filepath.Clean(s.Path), file)
	return match || err != nil
}

// Person is one person of the directory.
type Person struct {
	// ID is the stable id as the directory prints it (entryUUID, objectGUID,
	// an employee number); empty when the source has none (S01).
	ID string
	// Email is the folded address, see [FoldEmail]; empty when the person has none usable.
	Email string
	// OtherEmails are further folded addresses that the configuration names (S07).
	OtherEmails []string
	// ExternalID joins Clerk's external_id.
	ExternalID string
	FirstName  string
	LastName   string
	// Disabled says why the account no longer counts; empty for an enabled one.
	// A disabled person was read, and is a leaver (S10).
	Disabled string
	// Period is when the person belongs here at all, all that the source says of
	// them taken together: from the earliest start, before the latest end.
	Period *Period
	// Attributes holds what Request.Attributes asked for and the person has.
	Attributes Attributes
	Origin     Origin
}

// Attributes are a person's named values. They are few, so a slice beats a
// map in memory when there are a million people.
type Attributes []Attribute

// Attribute is one name with its values, in the directory's order.
type Attribute struct {
	Name   string
	Values []string
}

// Get returns the values of the attribute as it was named in the Request.
func (a Attributes) Get(name string) []string {
	for i := range a {
		if a[i].Name == name {
			return a[i].Values
		}
	}
	return nil
}

// With is the attributes with one more, or another value of one; those of the
// person stay as they are.
func (a Attributes) With(one Attribute) Attributes {
	out := slices.Clone(a)
	for i := range out {
		if out[i].Name == one.Name {
			out[i] = one
			return out
		}
	}
	return append(out, one)
}

// Group is a group of people that answered at least one Selector.
type Group struct {
	// ID is the DN, or the name where there are no DNs.
	ID string
	// Name is what people call it: the cn, or the cell.
	Name    string
	Members []Member
	// Matches lists which selectors the group answered.
	Matches []Match
	// Unusable lists members that are listed but could not be read, or have
	// neither an address nor an id: unknown, not gone (S10).
	Unusable []Unusable
	// Nested are the DNs of the groups within.
	Nested []string
	// Across are the other sources that have members of the group (S12, S13).
	Across []string
	Origin Origin
}

// Member is one person of a group.
type Member struct {
	// Person is the index into Snapshot.People.
	Person int
	// Via names the nested groups between the group and the person, joined
	// by " → "; empty for a direct member.
	Via string
	// Ref is how the group lists the person where that is not the DN (memberUid).
	Ref string
	// Periods are when the membership holds, where that is not Person.Period; see
	// [Snapshot.PeriodsOf].
	Periods []*Period
}

// Match is the answer of one Selector for one group.
type Match struct {
	// Selector is the index into Request.Groups.
	Selector int
	// Captures holds the named captures of a regexp.
	Captures map[string]string
}

// Unusable is a listed member that cannot be turned into a person (S10).
type Unusable struct {
	// Ref is the DN or the value that the group lists.
	Ref string
	Why string
	// Group says that it is a group whose own list cannot be trusted.
	Group bool
	// SID is that of a foreign principal: somebody of another domain of Active Directory.
	SID string
}

// Row is one row of the membership form: this person has this role in this
// organization. It is its own rule.
type Row struct {
	Person       int
	Organization string
	Role         string
	// Public and Private are the metadata columns, by key; an empty cell is a
	// key without values: managed, and absent.
	Public, Private Attributes
	// Period is when the row holds, where that is not Person.Period; see
	// [Snapshot.PeriodsOfRow].
	Period *Period
	Origin Origin
}

// LeftOut is a row of a file that the configuration does not choose: its cell in a column
// is none of the listed values.
type LeftOut struct {
	Column, Value string
	Listed        []string
	Origin        Origin // of the cell
}

// Note is something the admin should know that stops nothing.
type Note struct {
	Origin Origin
	Text   string
}

// Origin says where something was read: a place in a file, or a DN.
type Origin struct {
	Source string
	File   string
	Line   int
	Column int
	DN     string
}

// String gives the origin as an admin would type it: file:line:column or the DN.
func (o Origin) String() string {
	switch {
	case o.DN != "":
		return o.DN
	case o.File == "":
		return o.Source
	case o.Line == 0:
		return o.File
	case o.Column == 0:
		return o.File + ":" + strconv.Itoa(o.Line)
	}
	return o.File + ":" + strconv.Itoa(o.Line) + ":" + strconv.Itoa(o.Column)
}

// Has reports whether the source has an attribute or column of the name; true
// where it does not say.
func (s *Snapshot) Has(name string) bool {
	if s.Names == nil {
		return true
	}
	return slices.ContainsFunc(s.Names, func(n string) bool { return n == name || s.FoldNames && SameName(n, name) })
}

// MostAddresses is how many addresses of one person are read: each of them is
// looked up, and people may write their own.
const MostAddresses = 50

// Label is what a person is called in reports: the address, else the id, else the origin.
func (p *Person) Label() string {
	switch {
	case p.Email != "":
		return p.Email
	case p.ID != "":
		return p.ID
	}
	return p.Origin.String()
}

// Gone says why the person does not count at a time; empty when they do. It is
// the one place that decides (S10, S28).
func (p *Person) Gone(now time.Time) string {
	if p.Disabled == "" && p.Period.Over(now) {
		return p.Period.Ended()
	}
	return p.Disabled
}

// FullName joins first and last name; empty when both are.
func (p *Person) FullName() string {
	return strings.TrimSpace(p.FirstName + " " + p.LastName)
}

// Decision is what a reviewer said of one membership.
type Decision struct {
	Organization string // slug or id, as the file has it
	// MembershipID and UserID are Clerk's; both are empty for an invitation.
	MembershipID, UserID string
	// Role and Email are what was reviewed, as the file has it; empty when it
	// does not say.
	Role, Email string
	Remove      bool
	Origin      Origin
}
