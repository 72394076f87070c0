package journal

import (
	"slices"
	"testing"
)

func TestNewestFindsByPersonAndOrganization(t *testing.T) {
	db := open(t, t.TempDir(), Options{})
	_, err := db.Intend(t.Context(), begin(t, db), []Change{
		{Action: "add", Organization: "org_a", UserID: "user_1", Email: "ada@corp.example", Source: "hr", PersonID: "E7"},
		{Action: "invite", Organization: "org_a", Email: "ben_%@corp.example"},
		{Action: "remove", Organization: "org_b", UserID: "user_1", Email: "ada@corp.example"},
	})
	if err != nil {
		t.Fatal(err)
	}
	for name, x := range map[string]struct {
		search Search
		want   []int
	}{
		"everything":                   {Search{}, []int{3, 2, 1}},
		"an organization":              {Search{Organization: "org_a"}, []int{2, 1}},
		"a user":                       {Search{Person: "user_1"}, []int{3, 1}},
		"an address, whatever case":    {Search{Person: "ADA@corp.example"}, []int{3, 1}},
		"an id of a source":            {Search{Person: "E7"}, []int{1}},
		"no part of an id":             {Search{Person: "E"}, nil},
		"a person in an organization":  {Search{Person: "user_1", Organization: "org_b"}, []int{3}},
		"a part of an address":         {Search{Text: "Corp"}, []int{3, 2, 1}},
		"a part of an id":              {Search{Text: "e7"}, []int{1}},
		"signs of patterns are signs":  {Search{Text: "_%"}, []int{2}},
		"no pattern":                   {Search{Text: "a%"}, nil},
		"quotes end no text":           {Search{Text: "' OR 1=1 --"}, nil},
		"a part, in one organization":  {Search{Text: "ada", Organization: "org_b"}, []int{3}},
		"the newest, as many as asked": {Search{Limit: 1}, []int{3}},
	} {
		if x.search.Limit == 0 {
			x.search.Limit = 10
		}
		found, err := db.Newest(t.Context(), x.search)
		if err != nil {
			t.Fatal(err)
		}
		var got []int
		for i := range found {
			got = append(got, found[i].Seq)
		}
		if !slices.Equal(got, x.want) {
			t.Errorf("%s: %v, want %v", name, got, x.want)
		}
	}
}
