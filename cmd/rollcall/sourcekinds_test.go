package main

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"rollcall/.ci/suite"
)

const kindsFile = "../../deploy/source-kinds.md"

// sourceKind is what a kind of source brings to the suite. A new kind is a row of
// sourceKinds: with open, and for each rule a way to break it, or the reason why
// the rule has no meaning for the kind.
type sourceKind struct {
	name string
	// open makes the source with the people of today. Its canary is the last of them.
	open func(*faultWorld)
	// breaks are the ways to break it by rule, and none the reasons.
	breaks map[string]sourceBreak
	none   map[string]string
	// long kinds are tried in the long suite only.
	long bool
}

// sourceBreak puts the people of tomorrow there, and breaks one rule.
type sourceBreak struct {
	spoil, repair func(*faultWorld)
	// open is another one than that of the kind, if it has to be.
	open func(*faultWorld)
	// says is what the run must say, if anything.
	says string
}

// kindRule is a rule that every kind keeps, and what a run does while it is broken.
// The other organization goes on, and nobody who stays is out, in every case.
type kindRule struct {
	rule, means string
	want        faultOutcome
}

func kindRules() []kindRule {
	failed := faultOutcome{others: true, holds: "S14", code: 1}
	return []kindRule{
		{"S09", "the read breaks off", failed},
		{"S10", "a member is there and cannot be used", faultOutcome{gain: true, loss: true, others: true}},
		{"S11", "the end shows that something may be missing", faultOutcome{gain: true, others: true, holds: "S11", code: 3}},
		{"S12", "a server answers that is behind", faultOutcome{gain: true, others: true, holds: "S12", code: 3}},
		{"S13", "a canary is missing", faultOutcome{others: true, holds: "S13", code: 3}},
		{"S14", "nothing can be read", failed},
	}
}

const kindCanary = "\n    canaries: {people: [stays5@corp.example]}"

// withCanary adds the canary of the suite to a source.
func withCanary(open func(*faultWorld)) func(*faultWorld) {
	return func(w *faultWorld) { open(w); w.yaml += kindCanary }
}

// sourceKinds are the kinds that there are.
func sourceKinds() []sourceKind {
	return []sourceKind{fileKind(), httpsKind(), sftpKind(), commandKind(), slapdKind(), sambaKind()}
}

// csvKind is a kind whose text is CSV: how it is put there is all that differs.
func csvKind(name string, open func(*faultWorld), put func(*faultWorld, string)) sourceKind {
	tomorrow := func(change func(string) string) func(*faultWorld) {
		return func(w *faultWorld) { put(w, change(faultCSV(1))) }
	}
	return sourceKind{
		name: name, open: withCanary(open),
		breaks: map[string]sourceBreak{
			"S10": {spoil: tomorrow(replace("stays0@corp.example", ""))},
			"S11": {spoil: tomorrow(func(s string) string { return strings.TrimSuffix(s, "\n") }), says: "no newline"},
			"S13": {spoil: tomorrow(replace("stays5,stays5@corp.example,staff\n", "")), says: "stays5@corp.example"},
		},
		none: map[string]string{"S12": "one place has the text"},
	}
}

func fileKind() sourceKind {
	k := csvKind("file", csvSource("people.csv", "people.csv", noSettle), func(w *faultWorld, text string) { w.write("people.csv", text) })
	k.breaks["S09"] = sourceBreak{spoil: func(w *faultWorld) { w.keepTouching(0) }, repair: func(w *faultWorld) { w.resting() }, says: "changed"}
	k.breaks["S14"] = fromRow(csvFaults(), "the file is missing")
	return k
}

func httpsKind() sourceKind {
	k := csvKind("https", webSource, func(w *faultWorld, text string) { w.web.serve(webPage(text)) })
	k.breaks["S09"] = fromRow(httpsFaults(), "the transfer is cut")
	k.breaks["S14"] = fromRow(httpsFaults(), "503")
	return k
}

func sftpKind() sourceKind {
	k := csvKind("sftp", sftpSource, func(w *faultWorld, text string) { w.write("people.csv", text) })
	k.breaks["S09"] = fromRow(sftpFaults(), "the transfer is cut")
	k.breaks["S14"] = fromRow(sftpFaults(), "the server refuses the key")
	return k
}

func commandKind() sourceKind {
	k := csvKind("command", commandSource("", false), func(w *faultWorld, text string) { w.write("people.csv", text) })
	k.breaks["S09"] = fromRow(commandRows(), "exit code 1 after half of the output")
	k.breaks["S14"] = fromRow(commandRows(), "the program is missing")
	return k
}

func slapdKind() sourceKind {
	canary := fromRow(ldapFaults(), "a canary is missing")
	return sourceKind{
		name: "slapd", open: plainLDAP(""),
		breaks: map[string]sourceBreak{
			"S09": fromRow(ldapFaults(), "the connection is lost on a page"),
			"S10": fromRow(ldapFaults(), "a member is hidden that an earlier run has seen"),
			"S12": fromRow(ldapFaults(), "a stale replica answers"),
			"S13": canary,
			"S14": fromRow(ldapFaults(), "the connection is refused"),
		},
		none: map[string]string{"S11": "a directory has no end of file"},
	}
}

// fromRow is the break of a row of the table of faults; its source is that row's.
func fromRow(rows []faultRow, fault string) sourceBreak {
	at := slices.IndexFunc(rows, func(r faultRow) bool { return r.fault == fault })
	if at < 0 {
		panic("no row has the fault " + fault)
	}
	r := rows[at]
	return sourceBreak{spoil: r.spoil, repair: r.repair, open: r.open, says: r.says}
}

// row is a cell of the suite as a row of the table of faults.
func (k *sourceKind) row(rule string) faultRow {
	b := k.breaks[rule]
	open := b.open
	if open == nil {
		open = k.open
	}
	return faultRow{source: k.name, fault: rule, says: b.says, open: open, spoil: b.spoil, repair: b.repair}
}

// checkCell runs one cell, and says how it is written down.
func (k *sourceKind) checkCell(t *testing.T, rule kindRule) string {
	row := k.row(rule.rule)
	cell := runFault(t, &row)
	cell.alone = 0 // the table of faults has it
	if cell != rule.want {
		t.Errorf("%s: %s: a run does %+v, want %+v", k.name, rule.means, cell, rule.want)
	}
	return "kept"
}

func kindsHead() string {
	var b strings.Builder
	b.WriteString(`# Kinds of sources, and the rules that each keeps

A test writes this table. Each kind of source goes through the same suite: one person joins, one leaves, and the source breaks in the way that the rule is about. *kept*: nobody who stays loses access, the other organization goes on, and after the repair everything is done. Otherwise the table says why the rule has no meaning for the kind.

`)
	for _, r := range kindRules() {
		fmt.Fprintf(&b, "- **%s**: %s. The person who joins %s, the person who leaves %s%s.\n", r.rule, r.means,
			map[bool]string{true: "is added", false: "waits"}[r.want.gain], map[bool]string{true: "is removed", false: "stays"}[r.want.loss],
			map[bool]string{true: " (" + r.want.holds + ")", false: ""}[r.want.holds != ""])
	}
	head, line := "\n| kind |", "\n|---|"
	for _, r := range kindRules() {
		head += " " + r.rule + " |"
		line += "---|"
	}
	b.WriteString("\n`rollcall help S14` explains a rule. What else can go wrong with a source stands in [source-errors.md](source-errors.md).\n" + head + line + "\n")
	return b.String()
}

// Every kind of source keeps the rules of a read, or says why one has no meaning for it.
func TestS14EveryKindOfSourceKeepsTheRules(t *testing.T) {
	kinds, rules := sourceKinds(), kindRules()
	cells := make([][]string, len(kinds))
	short := suite.Short(t) && !*updateTables
	if short { // in full, the other tests of Samba must not run beside it
		t.Parallel()
	}
	t.Run("cells", func(t *testing.T) {
		for i := range kinds {
			k := &kinds[i]
			cells[i] = make([]string, len(rules))
			for j, rule := range rules {
				why, none := k.none[rule.rule]
				_, breaks := k.breaks[rule.rule]
				if none == breaks {
					t.Errorf("%s: %s needs a way to break it or a reason, and not both", k.name, rule.rule)
					continue
				}
				if none {
					cells[i][j] = why
					continue
				}
				if short && (k.long || (i+j)%3 != 0) {
					continue
				}
				t.Run(k.name+" "+rule.rule, func(t *testing.T) {
					if !k.long { // two domain controllers at once could choose one address
						t.Parallel()
					}
					cells[i][j] = k.checkCell(t, rule)
				})
			}
		}
	})
	rows := make([]string, len(kinds))
	for i, k := range kinds {
		if !slices.Contains(cells[i], "") {
			rows[i] = "| " + k.name + " | " + strings.Join(cells[i], " | ") + " |"
		}
	}
	checkTable(t, kindsFile, kindsHead(), rows)
}
