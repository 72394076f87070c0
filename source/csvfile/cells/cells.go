package cells

import (
	"fmt"
	"strings"

	"rollcall/source/internal/check"
)

// Cells is a column whose cells can hold several values. In YAML it is a mapping of
// column and separator, or just the heading when each cell holds one value. Groups may
// be a list of these.
type Cells struct {
	Column    string `yaml:"column"`
	Separator string `yaml:"separator"`
	// All are the columns of a list, in place of Column.
	All []Cells `yaml:"-"`
	// Prefix begins the name of each group: the heading and a slash for a column of a list.
	Prefix string `yaml:"-"`
}

// slash stands between the heading and the value in the name of a group. A * of a glob
// does not match it.
const slash = "/"

// UnmarshalYAML takes a heading, a mapping of column and separator, or a list of these.
func (c *Cells) UnmarshalYAML(decode func(any) error) error {
	*c = Cells{}
	if err := decode(&c.Column); err == nil {
		return nil
	}
	var items []any
	if err := decode(&items); err == nil {
		var list []Cells
		err := decode(&list)
		*c = Several(list...)
		return err
	}
	type plain Cells
	return decode((*plain)(c))
}

// Several are the groups of several columns.
func Several(list ...Cells) Cells {
	c := Cells{All: make([]Cells, len(list))}
	for i, one := range list {
		one.Prefix = strings.TrimSpace(one.Column) + slash
		c.All[i] = one
	}
	return c
}

// List are the single columns; none if no column is named.
func (c *Cells) List() []Cells {
	if c.All == nil && c.Column != "" {
		return []Cells{*c}
	}
	return c.All
}

// Set reports whether a column is named, or a list is there.
func (c *Cells) Set() bool { return c.Column != "" || c.All != nil }

// Split walks the values of a cell, trimmed, without the empty ones and without Prefix.
func (c *Cells) Split(cell string) func(yield func(string) bool) {
	return func(yield func(string) bool) {
		if cell = strings.TrimSpace(cell); c.Separator == "" {
			_ = cell == "" || yield(cell)
			return
		}
		for part := range strings.SplitSeq(cell, c.Separator) {
			if part = strings.TrimSpace(part); part != "" && !yield(part) {
				return
			}
		}
	}
}

// Validate finds the problems of the key path. Only groups may be a list.
func (c *Cells) Validate(p *check.Problems, path string, mayBeList bool) {
	if c.All == nil {
		c.validateOne(p, path)
		return
	}
	if !mayBeList {
		p.Add(path, "cannot be a list: name one column")
		return
	}
	if len(c.All) == 0 {
		p.Add(path, "is an empty list: name at least one column")
	}
	seen := map[string]bool{}
	for i := range c.All {
		at, one := fmt.Sprintf("%s[%d]", path, i), &c.All[i]
		heading := strings.TrimSpace(one.Column)
		one.validateOne(p, at)
		switch {
		case one.All != nil:
			p.Add(at, "cannot be a list: name one column")
		case heading == "":
			p.Add(at, "missing: name the column")
		case strings.Contains(heading, slash):
			p.Add(at, "is a heading with a slash: in a list of columns, the slash ends the heading in the names of groups; rename the column")
		case seen[heading]:
			p.Add(at, "is listed twice")
		}
		seen[heading] = true
	}
}

func (c *Cells) validateOne(p *check.Problems, path string) {
	if c.Column == "" && c.Separator != "" {
		p.Add(path+".column", "missing: separator is set, so name the column to split")
	}
	if strings.ContainsAny(c.Separator, "\"\r\n") && c.Separator != "\n" {
		p.Add(path+".separator", `must not contain quotes, nor newlines with other characters; "\n" splits at the newlines of a cell`)
	}
}
