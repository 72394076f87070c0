package statuspage

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"

	"go.uber.org/zap"

	"rollcall/cmd/rollcall/internal/approve"
	"rollcall/cmd/rollcall/internal/escape"
	"rollcall/cmd/rollcall/internal/report"
	"rollcall/cmd/rollcall/internal/report/facts"
	"rollcall/cmd/rollcall/internal/statuspage/signin"
	"rollcall/sync/journal"
	"rollcall/sync/plan"
)

const (
	// mostApproved is how many changes a set may have that is approved here: the page
	// shows each of them.
	mostApproved = 5000
	maxForm      = 16 << 10
	maxReason    = 1000 // bytes
)

// fullHash is a hash as the links of the page have it. A shortened one could be that of
// another set (S23).
var fullHash = regexp.MustCompile(`^[0-9a-f]{64}$`)

// approvalPage is one set of changes, with the form that approves it.
type approvalPage struct {
	frame
	Hash     string
	Approver string
	Set      string // what it would do
	Why      []string
	Shown    string // since when it waits
	Parts    []approvalPart
	// Open says that the form is there. State says why it is not, or what was approved,
	// and Next what happens next.
	Open  bool
	State []string
	Next  []string
	// Reason is what somebody has typed, and Problem what is wrong with it.
	Reason, Problem string
	Button          string
}

// approvalPart is what would be done in one organization.
type approvalPart struct {
	Label, Path string
	Lines       []approvalLine
}

// approvalLine is one change, with who it is about (S43).
type approvalLine struct {
	report.Line
	User, Path string
}

// approvalsPage lists the sets that wait for approval.
type approvalsPage struct {
	frame
	Approver string
	Sets     []waitingApproval
}

// waitingApproval is a set in the list, and whoever has approved it already.
type waitingApproval struct{ Path, Title, Approved string }

// approvalPath leads to the page of a set.
func approvalPath(hash string) string { return "approve/" + hash }

// approvalsPage lists all that can be approved. The first page shows what is most
// important of the last run only.
func (p *Page) approvalsPage(r *http.Request, f *frame) (string, any, error) {
	name, err := signin.Approver(r, p.config.Service().Approve)
	if err != nil {
		return "", nil, err
	}
	var sets []report.KeptSet
	if err := p.look(r.Context(), func(db *journal.DB) (err error) { sets, err = approve.Waiting(r.Context(), db); return err }); err != nil {
		return "", nil, err
	}
	f.Root, f.Title = "./", "Changes that wait for approval"
	v := approvalsPage{frame: *f, Approver: escape.Brief(name)}
	for i := range sets {
		s := &sets[i]
		if s.Run != 0 { // an undo, which is approved where it is started
			continue
		}
		one := waitingApproval{Path: approvalPath(s.Hash), Title: facts.SetTitle(s.Organization, s.Parts)}
		if s.Approved != nil {
			one.Approved = escape.Brief(s.Approved.By)
		}
		v.Sets = append(v.Sets, one)
	}
	return "approvals", &v, nil
}

// approvalPage shows a set to somebody who may approve it, with all of its people.
func (p *Page) approvalPage(r *http.Request, f *frame) (string, any, error) {
	name, err := signin.Approver(r, p.config.Service().Approve)
	if err != nil {
		return "", nil, err
	}
	var set report.KeptSet
	var standing approve.Standing
	err = p.look(r.Context(), func(db *journal.DB) (err error) {
		set, standing, err = findSet(r.Context(), db, r.PathValue("hash"))
		return err
	})
	if err != nil {
		return "", nil, err
	}
	f.Title = "Approve changes"
	v := approvalPage{frame: *f, Approver: escape.Brief(name), Hash: set.Hash}
	v.showSet(&set)
	v.stand(&set, standing)
	if standing == approve.Approved {
		v.Next = p.nextSteps(r.Context(), f.at, &set)
	}
	return "approval", &v, nil
}

// findSet finds a set by its whole hash.
func findSet(ctx context.Context, db *journal.DB, hash string) (report.KeptSet, approve.Standing, error) {
	unknown := signin.Refuse(http.StatusNotFound, "no changes wait under this hash: it is unknown, or they were last shown more than 24 hours ago; the status page has what waits today")
	if !fullHash.MatchString(hash) {
		return report.KeptSet{}, 0, unknown
	}
	set, standing, err := approve.Find(ctx, db, hash)
	if errors.Is(err, journal.ErrNoHeld) {
		err = unknown
	}
	return set, standing, err
}

// showSet shows each change of a set: whoever becomes admin first (S43).
func (v *approvalPage) showSet(set *report.KeptSet) {
	v.Set, v.Shown = facts.SetTitle(set.Organization, set.Parts), v.at.moment(set.At)
	v.Why = facts.HoldTexts(set.Holds)
	if first := facts.FirstText(set.Holds); first != "" {
		v.Why = append(v.Why, first)
	}
	for i := range set.Parts {
		o := &set.Parts[i]
		part := approvalPart{Label: escape.Brief(o.Label()), Path: organizationPath(o.ID)}
		for _, c := range facts.Shown(o) {
			part.Lines = append(part.Lines, newApprovalLine(c))
		}
		v.Parts = append(v.Parts, part)
	}
	people, changes := report.PeopleOf([]report.KeptSet{*set})
	v.Button = fmt.Sprintf("Approve %s for %s", facts.Count(changes, "change"), facts.Count(people, "person"))
}

func newApprovalLine(c *plan.Change) approvalLine {
	l := approvalLine{Line: report.Line{Symbol: c.Action.Symbol(), Who: facts.Person(c), What: facts.Change(c), Admin: c.Admin == plan.AdminGained}, User: escape.Brief(c.UserID)}
	var why []string
	for _, text := range []string{c.Because, facts.Why(c)} {
		if text != "" {
			why = append(why, escape.Brief(text))
		}
	}
	l.Why = strings.Join(why, "; ")
	if name := cmp.Or(c.UserID, c.ID, c.Email); name != "" {
		l.Path = personPath(name)
	}
	return l
}

// stand says whether the set can be approved.
func (v *approvalPage) stand(set *report.KeptSet, standing approve.Standing) {
	if text := whyClosed(set, standing, v.at); text != "" {
		v.State = append(v.State, text)
		return
	}
	v.Open = true
}

// whyClosed says why a set cannot be approved on the page; empty if it can.
func whyClosed(set *report.KeptSet, standing approve.Standing, at clock) string {
	by := func(verb string) string {
		a := set.Approved
		return fmt.Sprintf("%s by %s at %s: %s.", verb, escape.Brief(a.By), at.moment(a.Given), strings.TrimSuffix(escape.Brief(a.Reason), "."))
	}
	_, changes := report.PeopleOf([]report.KeptSet{*set})
	switch {
	case standing == approve.Approved:
		return by("Approved")
	case standing == approve.Made:
		return by("Approved") + " The changes have been made since."
	case standing == approve.OfUndo:
		return fmt.Sprintf("These changes belong to the undo of run %d, which no run of the service sends. To approve them: rollcall undo %d --approve %s", set.Run, set.Run, plan.ShortHash(set.Hash))
	case standing != approve.Open:
		return "The newest plan does not have these changes as they are here, so there is nothing to approve. The status page has what waits today."
	case changes > mostApproved:
		return fmt.Sprintf("These are %s, more than are approved on this page (%s). To approve them: rollcall approve %s", facts.Count(changes, "change"), facts.Number(mostApproved), plan.ShortHash(set.Hash))
	}
	return ""
}

// nextSteps say what happens to a set that was approved.
func (p *Page) nextSteps(ctx context.Context, at clock, set *report.KeptSet) []string {
	service := p.config.Service()
	next := "The next run of the service makes the changes."
	switch {
	case !service.Next.IsZero() && !service.Running.IsZero():
		next = "A run is going on that began earlier. The next one makes the changes, at " + at.brief(service.Next) + "."
	case !service.Next.IsZero():
		next = "The next run makes the changes, at " + at.brief(service.Next) + "."
	}
	out := []string{next, "Until then nothing else has to be done. If one more change waits by then, all of them wait again. The approval ends at " + at.moment(set.Approved.Expires) + "."}
	for _, pause := range p.history(ctx).pauses {
		if pause.Organization == "" || hasOrganization(set, pause.Organization) {
			out = append(out, at.pauseText(&pause, p.whole.Load())+". Nothing is sent there until rollcall resume.")
		}
	}
	return out
}

func hasOrganization(set *report.KeptSet, id string) bool {
	return slices.ContainsFunc(set.Parts, func(o plan.Organization) bool { return o.ID == id })
}

// serveApproval takes the form. It answers with the page of the set: a browser that
// loads it again sends nothing again.
func (p *Page) serveApproval(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, maxForm)
	name, err := p.approve(r)
	if err == nil {
		w.Header().Set("Location", "./"+r.PathValue("hash"))
		w.WriteHeader(http.StatusSeeOther)
		return
	}
	if p.refused.Allow() { // attempts must not fill the log
		p.config.Log.Warn("an approval on the status page was refused", zap.String("by", name), zap.String("from", r.RemoteAddr), zap.Error(err))
	}
	p.serve(false, func(r *http.Request, f *frame) (string, any, error) {
		bad, ok := errors.AsType[*reasonError](err)
		if !ok {
			return "", nil, err
		}
		form, content, err := p.approvalPage(r, f)
		if v, ok := content.(*approvalPage); ok && v.Open {
			v.Problem, v.Reason = bad.Error(), escape.Text(r.PostForm.Get("reason"))
		}
		return form, content, err
	})(w, r)
}

// reasonError is what is wrong with a reason.
type reasonError struct{ text string }

func (e *reasonError) Error() string { return e.text }

// approve approves the set of a form, and returns who asked for it.
func (p *Page) approve(r *http.Request) (string, error) {
	service := p.config.Service()
	name, err := signin.Approver(r, service.Approve)
	if err != nil {
		return "", err
	}
	if err := signin.CheckOrigin(r, service.PublicURL); err != nil {
		return name, err
	}
	if !p.attempts.Take(name) {
		return name, signin.Refuse(http.StatusTooManyRequests, "too many approvals in a short time: try again in a minute")
	}
	reason, err := readForm(r)
	if err != nil {
		return name, err
	}
	select {
	case p.approving <- struct{}{}:
		defer func() { <-p.approving }()
	case <-r.Context().Done():
		return name, r.Context().Err()
	}
	return name, p.record(r.Context(), r.PathValue("hash"), reason, name)
}

// readForm is the reason of a form that is about the set of its address.
func readForm(r *http.Request) (reason string, err error) {
	if err := r.ParseForm(); err != nil {
		return "", signin.Refuse(http.StatusBadRequest, "the form cannot be read: %v", err)
	}
	hashes, reasons := r.PostForm["hash"], r.PostForm["reason"]
	if len(hashes) != 1 || len(reasons) != 1 || hashes[0] != r.PathValue("hash") {
		return "", signin.Refuse(http.StatusBadRequest, "the form is not that of this page: open the page of the changes and approve them there")
	}
	reason = strings.TrimSpace(strings.ToValidUTF8(reasons[0], ""))
	switch err := approve.CheckReason(reason); {
	case approve.IsMissing(err):
		return "", &reasonError{"Say why you approve: the history keeps it."}
	case err != nil:
		return "", &reasonError{escape.OneLine(err.Error())}
	case len(reason) > maxReason:
		return "", &reasonError{fmt.Sprintf("The reason is longer than %s characters.", facts.Number(maxReason))}
	}
	return reason, nil
}

// record approves a set, if it is still open: one at a time, so that nobody takes the
// place of somebody who was quicker.
func (p *Page) record(ctx context.Context, hash, reason, name string) error {
	find := func(db *journal.DB) (set report.KeptSet, err error) {
		set, standing, err := findSet(ctx, db, hash)
		if err != nil {
			return set, err
		}
		if text := whyClosed(&set, standing, clock{zone: p.config.Service().Zone}); text != "" {
			return set, signin.Refuse(http.StatusConflict, "%s", text)
		}
		return set, nil
	}
	// To open the journal for writing would make one where there is none.
	if err := p.look(ctx, func(db *journal.DB) error { _, err := find(db); return err }); err != nil {
		return err
	}
	db, err := journal.Open(ctx, p.config.State, journal.Options{})
	if err != nil {
		return err
	}
	defer func() { _ = db.Close() }() // each write was on disk when it returned
	set, err := find(db)
	if err != nil {
		return err
	}
	if err := approve.Record(ctx, db, []report.KeptSet{set}, reason, name); err != nil {
		return err
	}
	p.config.Log.Info("changes were approved on the status page", zap.String("by", name), zap.String("hash", plan.ShortHash(hash)), zap.Int("changes", len(set.Keys)))
	return nil
}
