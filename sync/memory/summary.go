package memory

import "encoding/json"

// RunSummary is the part of a run that the journal keeps beyond its columns.
type RunSummary struct {
	// By is the account that started the run, Why the reason of a service to do so.
	By  string `json:"by,omitempty"`
	Why string `json:"why,omitempty"`
	// Part says that the run was about less than everything that the rules want. Older
	// versions did not write it.
	Part bool `json:"part,omitempty"`
	// Waiting and Skipped count the changes of the plan that the run left out.
	Waiting int `json:"waiting,omitempty"`
	Skipped int `json:"skipped,omitempty"`
	// Asked is how many changes an undo was to take back, Undone how many it took back,
	// and Reversals says it with the reasons.
	Asked     int    `json:"asked,omitempty"`
	Undone    int    `json:"undone,omitempty"`
	Reversals string `json:"reversals,omitempty"`
	// Ended is why the run ended early, in plain words; All is how many changes it was
	// to send.
	Ended string `json:"ended,omitempty"`
	All   int    `json:"all,omitempty"`
	// Problems are what was not read, what stopped and what failed, the first of many.
	Problems []string `json:"problems,omitempty"`
}

// Raw is the summary as the journal keeps it.
func (s RunSummary) Raw() []byte {
	data, err := json.Marshal(s)
	if err != nil {
		panic("a summary cannot be encoded: " + err.Error()) // strings and numbers always can
	}
	return data
}

// SummaryOf reads the summary of a run; it is empty if the run is of a version that
// kept none.
func SummaryOf(raw []byte) RunSummary {
	var s RunSummary
	if json.Unmarshal(raw, &s) != nil {
		return RunSummary{}
	}
	return s
}
