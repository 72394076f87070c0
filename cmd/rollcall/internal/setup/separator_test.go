package setup

import (
	"strings"
	"testing"
)

// A delimiter is what splits all rows alike, as a CSV reader splits them: what stands in
// quotes splits nothing.
func TestGuessDelimiter(t *testing.T) {
	for name, c := range map[string]struct {
		text, delimiter, headings string
		isCut                     bool
	}{
		"commas":                     {"no,email,teams\n1,ada@corp.example,ops\n", ",", "no|email|teams", false},
		"semicolons":                 {"no;email;teams\n1;ada@corp.example;ops\n", ";", "no|email|teams", false},
		"tabs":                       {"no\temail\n1\tada@corp.example\n", "\t", "no|email", false},
		"bars":                       {"no|email\n1|ada@corp.example\n", "|", "no|email", false},
		"semicolons in quoted cells": {"no,email,teams\n1,ada@corp.example,\"ops;leads;all;staff\"\n", ",", "no|email|teams", false},
		"the delimiter in quotes":    {"no;email;teams\n1;ada@corp.example;\"ops;leads\"\n2;ben@corp.example;ops\n", ";", "no|email|teams", false},
		"quoted headings":            {"\"no\";\"email, work\";\"teams, all\"\n1;ada@corp.example;ops\n", ";", "no|email, work|teams, all", false},
		"a heading of two lines":     {"\"no\",\"email\n(work)\",\"teams; all\"\n1,ada@corp.example,ops\n", ",", "no|email\n(work)|teams; all", false},
		"commas in bare headings":    {"no;email, work;teams, or groups, if any\n1;ada@corp.example;ops\n2;ben@corp.example;ops\n", ";", "no|email, work|teams, or groups, if any", false},
		"commas in one row only":     {"no;name;teams\n1;Ada, B;ops\n2;Ben, C;\"x,y\"\n", ";", "no|name|teams", false},
		"one column":                 {"email\nada@corp.example\n", ",", "email", false},
		"a cut in a quoted cell":     {"no;email\n1;ada@corp.example\n2;\"ben", ";", "no|email", true},
		"a cut row":                  {"no;email;teams\n1;ada@corp.example;ops\n2;ben", ";", "no|email|teams", true},
		"nothing":                    {"", ",", "", false},
		"a header only":              {"no;email", ";", "no|email", false},
		"a quote in a bare cell":     {"a\"b", ",", "", false},
	} {
		delimiter, headings := guessDelimiter(c.text, c.isCut)
		if delimiter != c.delimiter || strings.Join(headings, "|") != c.headings {
			t.Errorf("%s: %q %q", name, delimiter, headings)
		}
	}
}

// A row that is not like the header speaks against a delimiter, unless the text was cut there.
func TestRowsOfTheRightDelimiter(t *testing.T) {
	for name, c := range map[string]struct {
		text  string
		isCut bool
		want  float64
	}{
		"all fit":         {"a,b\n1,2\n", false, 1},
		"half of it":      {"a,b\n1\n", false, 0.5},
		"cut":             {"a,b\n1", true, 1},
		"a quote is open": {"a,b\n1,\"2\n3,4\n", false, 0.5},
		"cut in quotes":   {"a,b\n1,\"2\n3,4\n", true, 1},
		"no header":       {"", false, 0},
	} {
		if _, got := readRows(c.text, ",", c.isCut); got != c.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}

// A separator stands between groups. A name with a comma in it stays one group.
func TestGuessSeparator(t *testing.T) {
	for cells, want := range map[string]string{
		"ops;leads":                         ";",
		"ops|leads":                         "|",
		"ops|leads / a;b":                   ";",
		"ops,leads":                         ",",
		"ops, leads / leads":                ",",
		"leads / ops, leads":                ",",
		"Sales, EMEA / Sales, APAC":         "",
		"Sales, EMEA / Sales":               ",",
		"cn=ops,ou=groups,dc=corp":          "",
		"cn=ops,dc=corp / cn=leads,dc=corp": "",
		"cn=ops,dc=corp;cn=leads,dc=corp":   ";",
		"ops / leads":                       "",
		"":                                  "",
		"Sales, EMEA / ops,leads / all":     ",",
		"a=b, c / c":                        ",",
	} {
		if got := guessSeparator(strings.Split(cells, " / ")); got != want {
			t.Errorf("%s: %q", cells, got)
		}
	}
}
