package wire

import "errors"

// PageLimit is the most records that Clerk puts on one page.
const PageLimit = 500

// maxTotal bounds the number of records that a list may claim. The first page
// says how many pages are reserved and asked for (S37).
const maxTotal = 100_000_000

// Page is Clerk's form of a page. Both keys are required: without them, a
// foreign answer with status 200 would look like an empty list (S09).
type Page[W any] struct {
	Data  []W    `json:"data"`
	Total *int64 `json:"total_count"`
}

// Check reports a page without its keys, or with a row that lacks some.
func (p *Page[W]) Check() error {
	if p.Data == nil || p.Total == nil || *p.Total < 0 {
		return errors.New("not a page of a list: data or total_count is missing")
	}
	if *p.Total > maxTotal {
		return ErrTooLarge
	}
	return checkAll(p.Data)
}

func checkAll[W any](rows []W) error {
	for i := range rows {
		if c, ok := any(&rows[i]).(checker); ok {
			if err := c.Check(); err != nil {
				return err
			}
		}
	}
	return nil
}
