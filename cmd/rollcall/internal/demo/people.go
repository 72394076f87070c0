package demo

import (
	"fmt"
	"strings"
)

// team is one organization and how many people it has.
type team struct {
	slug, name string
	people     int
}

// teams add up to 300 people.
var teams = []team{
	{"engineering", "Engineering", 72}, {"sales", "Sales", 54}, {"support", "Customer Support", 48},
	{"operations", "Operations", 40}, {"marketing", "Marketing", 30}, {"finance", "Finance", 22},
	{"research", "Research", 20}, {"legal", "Legal", 14},
}

var firstNames = strings.Fields(`Ada Bruno Chen Dalia Emil Farah Goran Hana Ivo Jamal Kaori Lena
	Milan Nadia Oskar Priya Quentin Rosa Sefa Tomas Ulla Viktor Wanda Ximena Yusuf`)

var lastNames = strings.Fields(`Abe Becker Costa Dvorak Eriksen Fischer Garcia Haddad Ito Jensen
	Kowalski Larsen`)

// person is somebody of the company.
type person struct {
	number      int
	first, last string
	team        int
	// lead is true for those who lead their team, and are its admins.
	lead bool
	// fate is how Clerk differs from the directory about this person.
	fate fate
}

// fate is one kind of drift.
type fate uint8

const (
	steady     fate = iota // Clerk agrees
	hired                  // has a user, is no member yet
	hiredNoOne             // has no user yet
	lookAlike              // as before, but a stranger signed up with the address, unproven
	gone                   // left the company, is still a member
	promoted               // leads now, is a plain member
	demoted                // leads no more, is an admin
	moved                  // the department in the metadata is an old one
	renamed                // has a new address; the id is the same
)

func (p *person) id() string     { return fmt.Sprintf("E%04d", 1000+p.number) }
func (p *person) userID() string { return fmt.Sprintf("user_%s", p.id()) }

func (p *person) email() string {
	return strings.ToLower(p.first+"."+p.last) + "@northwind.example"
}

// emailAtClerk is the address of the user, which a new name leaves behind.
func (p *person) emailAtClerk() string {
	if p.fate == renamed {
		return strings.ToLower(p.first) + ".maiden@northwind.example"
	}
	return p.email()
}

func (p *person) department() string { return teams[p.team].name }

// departmentAtClerk is the department in the metadata.
func (p *person) departmentAtClerk() string {
	if p.fate == moved {
		return "Trainees"
	}
	return p.department()
}

// leadAtClerk is true for those whom Clerk has as admins.
func (p *person) leadAtClerk() bool { return p.lead && p.fate != promoted || p.fate == demoted }

// employed says whether the directory lists the person.
func (p *person) employed() bool { return p.fate != gone }

// hasUser says whether the person has signed up at Clerk.
func (p *person) hasUser() bool { return p.fate != hiredNoOne && p.fate != lookAlike }

// isMember says whether Clerk has the membership.
func (p *person) isMember() bool { return p.hasUser() && p.fate != hired }

// fates places the drift by team and by place in the team. In support, a
// whole shift is missing from the directory: that is for a guard to notice.
func fates(team, place int) fate {
	switch {
	case teams[team].slug == "support" && place >= 30:
		return gone
	case place == 3:
		return promoted
	case place == 1 && team%3 == 0:
		return demoted
	case place == 5:
		return moved
	case place == 7:
		return hired
	case place == 8 && team < 3:
		return hiredNoOne
	case place == 9 && team == 1:
		return lookAlike
	case place == 10 && team%2 == 0, place == 11 && team < 2:
		return gone
	case place == 12 && team == 0:
		return renamed
	}
	return steady
}
