package csvfile

import (
	"testing"

	"rollcall/source"
)

// Bytes that the encoding does not have are damage, in each encoding: the name or the
// group that was meant is unknown.
func TestS14BytesThatTheEncodingDoesNotHave(t *testing.T) {
	for encoding, text := range map[string]string{"Windows-1251": "staff\x98", "shift_jis": "staff\x80\xff", "koi8-r": "staff\xff"} {
		dir := t.TempDir()
		c := Config{Columns: peopleForm(), Encoding: encoding, Path: writeFile(t, dir+"/people.csv", "id,email,groups\n1,ann@corp.example,"+text+"\n")}
		s, err := openCSV(t, c).Read(t.Context(), source.Request{})
		if encoding == "koi8-r" {
			must(t, err)
			if s.Groups[0].Name != "staffЪ" {
				t.Errorf("got %q", s.Groups[0].Name)
			}
			continue
		}
		if s != nil || !isDamage(err) {
			t.Errorf("%s: got %v", encoding, err)
		}
	}
}
