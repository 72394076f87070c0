package transport

import (
	"net/url"
	"testing"
)

func TestTemplatesAreFilled(t *testing.T) {
	c := New(&url.URL{Scheme: "http", Host: "127.0.0.1:1", Path: "/v1"}, nil, "", nil)
	got := c.Address("/a/{x}/b/{y}", []string{"1{2}", "é"}, url.Values{"q": {"+"}})
	if want := "http://127.0.0.1:1/v1/a/1%7B2%7D/b/%C3%A9?q=%2B"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
}
