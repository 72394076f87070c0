package dirwatch

import (
	"fmt"
	"testing"

	"rollcall/source"
)

func csn(values ...string) source.Revision {
	clock := source.Clock{}
	for i, value := range values {
		if value != "" {
			clock[fmt.Sprintf("%03d", i)] = value
		}
	}
	return source.Revision("").With(source.ClockCSN, clock)
}

// Each row is a sequence of answers, and whether each of them is news.
func TestS12WhichAnswerIsNews(t *testing.T) {
	for name, answers := range map[string][]struct {
		server   string
		revision source.Revision
		news     bool
	}{
		"a change":               {{"a", csn("1"), false}, {"a", csn("1"), false}, {"a", csn("2"), true}, {"a", csn("2"), false}},
		"back and forth":         {{"a", csn("2"), false}, {"a", csn("1"), false}, {"a", csn("2"), false}, {"a", csn("1"), false}, {"a", csn("3"), true}},
		"two masters":            {{"a", csn("1", "1"), false}, {"a", csn("1", "2"), true}, {"a", csn("2", "1"), true}, {"a", csn("1", "2"), false}, {"a", csn("2", "2"), false}},
		"a master less":          {{"a", csn("1", "5"), false}, {"a", csn("1"), false}, {"a", csn("2"), true}},
		"a master more":          {{"a", csn("1"), false}, {"a", csn("1", "1"), true}},
		"replicas in turn":       {{"a", csn("2"), false}, {"b", csn("1"), true}, {"a", csn("2"), false}, {"b", csn("1"), false}, {"b", csn("2"), true}},
		"a clock that goes away": {{"a", csn("2"), false}, {"a", "time asked=20261130000000Z-00000001", true}, {"a", csn("2"), false}, {"a", "time asked=20261130000000Z-00000001", false}},
		"numbers, not texts":     {{"a", "usn x=9", false}, {"a", "usn x=10", true}, {"a", "usn x=9", false}},
		"another database":       {{"a", "usn x=9", false}, {"a", "usn y=3", true}, {"a", "usn y=4", true}},
	} {
		var a Answers
		for i, x := range answers {
			if got := a.isNews("corp", source.LastChange{Server: x.server, Revision: x.revision}); got != x.news {
				t.Errorf("%s: answer %d (%s %s): news is %v", name, i, x.server, x.revision, got)
			}
		}
	}
}

// Sources do not mix, and neither servers nor origins fill the memory.
func TestAnswersAreBounded(t *testing.T) {
	var a Answers
	a.isNews("one", source.LastChange{Server: "x", Revision: csn("1")})
	if a.isNews("two", source.LastChange{Server: "x", Revision: csn("2")}) {
		t.Error("the first answer of a source is news because of another source")
	}
	for i := range 3 * mostServers {
		last := source.LastChange{Server: fmt.Sprint(i), Revision: source.Revision("").With(source.ClockCSN, source.Clock{fmt.Sprint(i): "1"})}
		if !a.isNews("one", last) {
			t.Fatalf("server %d is no news", i)
		}
		last.Server = "x"
		a.isNews("two", last)
	}
	for i := range 3 * longestClock / 100 {
		a.isNews("two", source.LastChange{Server: "x", Revision: source.Revision("").With(source.ClockCSN, source.Clock{fmt.Sprintf("%0100d", i): "1"})})
	}
	if n := len(a.last("two", "x")); len(a.newest) > mostServers || n == 0 || n > 2*longestClock {
		t.Errorf("%d servers, and a clock of %d bytes", len(a.newest), n)
	}
}

// What the last run has read is where the questions begin, if it can be compared.
func TestAnswersOfAnEarlierRun(t *testing.T) {
	var a Answers
	a.Recall("corp", source.LastChange{Server: "a", Revision: csn("1")})
	a.Recall("ad", source.LastChange{Server: "a", Revision: "time read=20261130000000Z"})
	if a.isNews("corp", source.LastChange{Server: "a", Revision: csn("1")}) || !a.isNews("corp", source.LastChange{Server: "a", Revision: csn("2")}) {
		t.Error("a change after the last run is not told from none")
	}
	if a.isNews("ad", source.LastChange{Server: "a", Revision: "time asked=20261130000000Z-00000001"}) {
		t.Error("timestamps that cannot be compared are news")
	}
}
