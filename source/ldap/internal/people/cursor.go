package people

import (
	"encoding/xml"
	"strings"

	"rollcall/source"
)

// ReplicationCursor reads a value of msDS-NCReplCursors: how far a domain controller has
// caught up with the one of that invocation id. The id is empty if the value is none.
func ReplicationCursor(text string) (id, usn string) {
	var cursor struct {
		ID  string `xml:"uuidSourceDsaInvocationID"`
		USN string `xml:"usnAttributeFilter"`
	}
	// The values end in a NUL byte.
	if err := xml.Unmarshal([]byte(strings.TrimRight(text, "\x00\n ")), &cursor); err != nil || strings.ContainsAny(cursor.ID+cursor.USN, " ;=") {
		return "", ""
	}
	return source.LowerASCII(cursor.ID), cursor.USN
}
