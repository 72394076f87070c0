package wire

import (
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"testing"
)

func memberJSON(org string, i int) string {
	return fmt.Sprintf(`{"id":"orgmem_%s_%d","role":"org:member","public_metadata":{},"private_metadata":{"n":%d},"organization":{"id":%q},`+
		`"public_user_data":{"user_id":"user_%d","identifier":"u%d@x.example","first_name":null,"last_name":"L"}}`, org, i, i, org, i, i)
}

func pageJSON(rows []string, total int) string {
	return fmt.Sprintf(`{"data":[%s],"total_count":%d}`, strings.Join(rows, ","), total)
}

// plainPages are pages in the plain way of writing JSON.
func plainPages() []string {
	row := memberJSON("org_a", 1)
	return []string{
		pageJSON(nil, 0),
		pageJSON([]string{row, memberJSON("org_a", 2)}, 1002),
		" {\n\t\"total_count\" : 1 , \"data\" : [ " + row + " ] }\r\n",
		pageJSON([]string{strings.Replace(row, `"private_metadata":{"n":1}`, `"private_metadata":null`, 1)}, 1),
		pageJSON([]string{strings.Replace(row, `{"n":1}`, `{ "a" : [ 1, -2.5e+3, true, false, null, "\u00e9\"]}", {} ] }`, 1)}, 1),
		pageJSON([]string{strings.Replace(row, `"L"`, `"O\u0026O \ud83d\ude00 \\ é 日本"`, 1)}, 1),
		pageJSON([]string{strings.Replace(row, `"id":`, `"permissions":["a",{"ID":0.1}],"id":`, 1)}, 1),
		pageJSON([]string{strings.Replace(row, `"user_id":`, `"banned":true,"deprovisioned":false,"user_id":`, 1)}, 1),
		pageJSON([]string{strings.Replace(row, `"id":`, `"role":"x","id":null,"id":`, 1)}, 1),
		pageJSON([]string{strings.Replace(row, `"L"`, "\"\xff\"", 1)}, 1),
		pageJSON([]string{strings.Replace(row, `"id":`, `"created_at":1704067200999,"id":`, 1)}, 1),
		pageJSON([]string{strings.Replace(row, `"id":`, `"created_at":1.704067200999e12,"id":`, 1)}, 1),
		pageJSON([]string{strings.Replace(row, `"id":`, `"created_at":99999999999999999999,"id":`, 1)}, 1),
		"{}", `{"data":[]}`,
	}
}

// oddPages are wrong, or written in a way that only encoding/json can read.
func oddPages() []string {
	row := memberJSON("org_a", 1)
	return []string{
		"", "null", "[]", "{", `{"data":null,"total_count":1}`, `{"data":[null],"total_count":1}`, `{"data":{},"total_count":1}`,
		`{"data":[],"total_count":1}x`, `{"data":[],"total_count":1,}`, `{"data":[,],"total_count":1}`, `{"data":[{}`, `{"data":[{}]"total_count":1}`,
		`{"data":[],"total_count":1.0}`, `{"data":[],"total_count":"1"}`, `{"data":[],"total_count":01}`, `{"data":[],"total_count":99999999999999999999}`,
		`{"data":[],"data":[],"total_count":1}`, `{"Data":[],"total_count":1}`, "{\"data\":[],\"total_count\":1,\"\u212a\":0}", `{"data":[],"total\u005fcount":1}`,
		pageJSON([]string{strings.Replace(row, `"id":`, `"ID":"x","id":`, 1)}, 1),
		pageJSON([]string{strings.Replace(row, `"L"`, "\"a\nb\"", 1)}, 1),
		pageJSON([]string{strings.Replace(row, `"L"`, `"\x"`, 1)}, 1),
		pageJSON([]string{strings.Replace(row, `"L"`, `7`, 1)}, 1),
		pageJSON([]string{strings.Replace(row, `"L"`, `"`, 1)}, 1),
		pageJSON([]string{strings.Replace(row, `"user_id":`, `"banned":1,"user_id":`, 1)}, 1),
		pageJSON([]string{strings.Replace(row, `"id":`, `"x":tru,"id":`, 1)}, 1),
		pageJSON([]string{strings.Replace(row, `"id":`, `"x":[1 2],"id":`, 1)}, 1),
		pageJSON([]string{strings.Replace(row, `"id":`, `"x":{"a"},"id":`, 1)}, 1),
		pageJSON([]string{strings.Replace(row, `"id":`, `"x":1e,"id":`, 1)}, 1),
		pageJSON([]string{strings.Replace(row, `"id":`, `"x":-,"id":`, 1)}, 1),
		pageJSON([]string{strings.Replace(row, `"id":`, `"x":1.,"id":`, 1)}, 1),
		pageJSON([]string{strings.Replace(row, `{"n":1}`, strings.Repeat("[", 200)+strings.Repeat("]", 200), 1)}, 1),
		pageJSON([]string{strings.Replace(row, `"id":`, `"created_at":null,"id":`, 1)}, 1),
		pageJSON([]string{strings.Replace(row, `"id":`, `"created_at":"2024-01-01T00:00:00Z","id":`, 1)}, 1),
		"{\"data\":[],\"total_count\":1}\x00",
	}
}

// Plain pages must be read the fast way, and all others by encoding/json.
func TestFastPages(t *testing.T) {
	for _, text := range plainPages() {
		var fast, slow Page[Membership]
		if !ReadMembershipPage([]byte(text), &fast) {
			t.Errorf("not read: %s", text)
		}
		if err := json.Unmarshal([]byte(text), &slow); err != nil || !reflect.DeepEqual(fast, slow) {
			t.Errorf("%s:\nfast %+v\njson  %+v, %v", text, fast, slow, err)
		}
	}
	for _, text := range oddPages() {
		if page := new(Page[Membership]); ReadMembershipPage([]byte(text), page) || page.Data != nil || page.Total != nil {
			t.Errorf("read, or left something behind: %q, %+v", text, page)
		}
	}
}

// A time in another form leaves the membership without one, and the list readable.
func TestTimesOfMemberships(t *testing.T) {
	row := memberJSON("org_a", 1)
	for text, want := range map[string]Moment{`1704067200999`: 1704067200999, `-5`: -5, `null`: 0, `"2024-01-01T00:00:00Z"`: 0, `1.7e12`: 0, `{}`: 0, `99999999999999999999`: 0} {
		var page Page[Membership]
		body := pageJSON([]string{strings.Replace(row, `"id":`, `"created_at":`+text+`,"id":`, 1)}, 1)
		err := Decode(strings.NewReader(body), &page, func(b []byte) bool { return ReadMembershipPage(b, &page) })
		if err != nil || len(page.Data) != 1 || page.Data[0].CreatedAt != want {
			t.Errorf("%s: %+v, %v", text, page.Data, err)
		}
	}
}

// The buffer of a page is overwritten by the next page. A page must not change
// with it.
func TestFastPagesHoldNothingOfTheBody(t *testing.T) {
	body := []byte(plainPages()[1])
	var page, again Page[Membership]
	if !ReadMembershipPage(body, &page) || json.Unmarshal(body, &again) != nil {
		t.Fatal("not read")
	}
	for i := range body {
		body[i] = 'x'
	}
	if !reflect.DeepEqual(page, again) {
		t.Errorf("the page changed with the buffer: %+v", page)
	}
}

func BenchmarkPage(b *testing.B) {
	rows := make([]string, PageLimit)
	for i := range rows {
		rows[i] = strings.Replace(memberJSON("org_a", i), `{"id":`, `{"object":"organization_membership","role_name":"Member","permissions":["org:sys_memberships:read"],`+
			`"created_at":1704067200999,"updated_at":1704067200999,"id":`, 1)
	}
	body := pageJSON(rows, PageLimit)
	b.SetBytes(int64(len(body)))
	b.ReportAllocs()
	for b.Loop() {
		var page Page[Membership]
		if err := Decode(strings.NewReader(body), &page, func(b []byte) bool { return ReadMembershipPage(b, &page) }); err != nil {
			b.Fatal(err)
		}
	}
}
