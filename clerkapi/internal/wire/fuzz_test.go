package wire

import (
	"encoding/json"
	"reflect"
	"testing"
)

// A page that ReadMembershipPage reads is a page to encoding/json too, with the
// same content.
func FuzzMembershipPage(f *testing.F) {
	for _, page := range append(plainPages(), oddPages()...) {
		f.Add([]byte(page))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		var fast, slow Page[Membership]
		if !ReadMembershipPage(body, &fast) {
			if fast.Data != nil || fast.Total != nil {
				t.Errorf("given up, and %+v left behind: %q", fast, body)
			}
			return
		}
		if err := json.Unmarshal(body, &slow); err != nil || !reflect.DeepEqual(fast, slow) {
			t.Errorf("%q:\nfast %+v\njson  %+v, %v", body, fast, slow, err)
		}
	})
}
