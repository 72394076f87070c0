package serve

import (
	"context"
	"errors"
)

// Job is one run, and the requests that it answers.
type Job struct {
	Why Trigger
	// Person limits the run to one person, by address or Clerk user id; empty is
	// everybody.
	Person string

	begun, ended chan struct{}
	run          int64 // once begun is closed
	result       Result
}

// Result is how a run ended. The counts are those of changes.
type Result struct {
	// Run is the number in the history; 0 without a history.
	Run      int64
	Outcome  string
	ExitCode int

	Done, Failed, Waiting, Skipped int
}

// NewJob makes a run that has not begun.
func NewJob(why Trigger, person string) *Job {
	return &Job{Why: why, Person: person, begun: make(chan struct{}), ended: make(chan struct{})}
}

// Begin says which number the run has in the history. It is called once, or never.
func (j *Job) Begin(run int64) {
	j.run = run
	close(j.begun)
}

// Begun is closed when the run has its number.
func (j *Job) Begun() <-chan struct{} { return j.begun }

// Ended is closed when the run has ended.
func (j *Job) Ended() <-chan struct{} { return j.ended }

// Run is the number of the run once it has begun.
func (j *Job) Run() int64 { return j.run }

// Result is how the run ended, once it has.
func (j *Job) Result() Result { return j.result }

// Finish says how the run ended. It is called once.
func (j *Job) Finish(result Result) {
	j.result = result
	close(j.ended)
}

// Why a request is refused.
var (
	ErrTooMany  = errors.New("too many people wait for a run")
	ErrStopping = errors.New("the service is stopping")
)

// mostPeople is how many people may wait for a run at a time.
const mostPeople = 100

// queue holds the runs that programs have asked for and that have not begun.
type queue struct {
	everyone *Job
	people   []*Job
}

// everybody is the next run of everything, with the requests that wait for it.
func (q *queue) everybody(why Trigger) *Job {
	job := q.everyone
	if q.everyone = nil; job == nil {
		job = NewJob(why, "")
	}
	job.Why = why
	return job
}

// join finds the run that answers a request, or adds one.
func (q *queue) join(person string) (*Job, error) {
	if person == "" {
		if q.everyone == nil {
			q.everyone = NewJob(Requested, "")
		}
		return q.everyone, nil
	}
	for _, job := range q.people {
		if job.Person == person {
			return job, nil
		}
	}
	if len(q.people) >= mostPeople {
		return nil, ErrTooMany
	}
	job := NewJob(Requested, person)
	q.people = append(q.people, job)
	return job, nil
}

// person takes the person who has waited longest; nil is nobody.
func (q *queue) person() *Job {
	if len(q.people) == 0 {
		return nil
	}
	job := q.people[0]
	q.people = q.people[1:]
	return job
}

// stop ends what waits.
func (q *queue) stop() {
	interrupted := Result{Outcome: "interrupted", ExitCode: 130}
	if q.everyone != nil {
		q.everyone.Finish(interrupted)
	}
	for _, job := range q.people {
		job.Finish(interrupted)
	}
	*q = queue{}
}

// ask is a request on its way to the loop of the service.
type ask struct {
	person string
	job    *Job
	err    error
	taken  chan struct{}
}

// Request asks for a run of everybody, or of one person. A request joins the run that
// waits for the same, and never one that has begun, which may have read already.
func (v *Service) Request(ctx context.Context, person string) (*Job, error) {
	a := &ask{person: person, taken: make(chan struct{})}
	select {
	case v.asks <- a:
		<-a.taken
		return a.job, a.err
	case <-v.stopped:
		return nil, ErrStopping
	case <-ctx.Done():
		return nil, ErrStopping
	}
}

func (v *Service) accept(ctx context.Context, a *ask) {
	defer close(a.taken)
	if a.job, a.err = v.queue.join(a.person); a.err != nil {
		return
	}
	running := !v.Now().Running.IsZero()
	switch {
	case a.person == "" && v.pending != Requested:
		v.request(ctx, Requested)
	case a.person != "" && !running:
		v.beginJob(ctx, v.queue.person())
	}
}

// beginNext begins what waits. A run of everybody and the runs of people take turns, so
// that many requests for people delay neither the schedule nor a change in a directory.
func (v *Service) beginNext(ctx context.Context) {
	if v.current.Person == "" {
		if job := v.queue.person(); job != nil {
			v.beginJob(ctx, job)
			return
		}
	}
	if v.pending != "" {
		v.begin(ctx, v.pending)
		return
	}
	if v.takeHint(ctx); v.Now().Running.IsZero() {
		if job := v.queue.person(); job != nil {
			v.beginJob(ctx, job)
		}
	}
}
