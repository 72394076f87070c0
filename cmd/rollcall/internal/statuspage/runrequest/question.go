package runrequest

import (
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"time"

	"rollcall/source"
)

// longestWait leaves the server time for its answer.
const longestWait = 25 * time.Second

// userID is an id as Clerk makes them.
var userID = regexp.MustCompile(`^user_[A-Za-z0-9]{1,64}$`)

// question is what a request asks for.
type question struct {
	person string // folded, as Clerk and the sources have it; empty is everybody
	wait   time.Duration
}

// parse refuses everything that it does not know: a misspelt person would be everybody.
func parse(query string) (q question, err error) {
	values, err := url.ParseQuery(query)
	if err != nil {
		return q, errors.New("the query cannot be read")
	}
	for key, list := range values {
		switch {
		case len(list) != 1:
			return q, fmt.Errorf("%.20q is there %d times", key, len(list))
		case key == "person":
			q.person, err = personOf(list[0])
		case key == "wait":
			q.wait, err = waitOf(list[0])
		default:
			err = fmt.Errorf("%.20q is unknown: person and wait are allowed", key)
		}
		if err != nil {
			return q, err
		}
	}
	return q, nil
}

// personOf is an address or an id, letter by letter: nothing in it is a pattern.
func personOf(text string) (string, error) {
	if userID.MatchString(text) {
		return text, nil
	}
	folded, err := source.FoldEmail(text)
	if err != nil || source.HasInvisible(text) {
		return "", errors.New("person must be one e-mail address or one Clerk user id, such as ada@corp.example or user_2abc")
	}
	return folded, nil
}

func waitOf(text string) (time.Duration, error) {
	wait, err := time.ParseDuration(text)
	if err != nil || wait <= 0 || wait > longestWait {
		return 0, fmt.Errorf("wait must be a time of at most %s, such as 10s", longestWait)
	}
	return wait, nil
}
