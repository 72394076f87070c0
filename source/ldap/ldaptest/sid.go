package ldaptest

import (
	"encoding/binary"
	"strconv"
	"strings"
)

// SID is the value of objectSid for a text such as S-1-5-21-1-2-3-1105 (MS-DTYP section
// 2.4.2.2). Filters of Active Directory have the text.
func SID(text string) string {
	parts := strings.Split(text, "-")
	if len(parts) < 4 {
		return text
	}
	authority, _ := strconv.ParseUint(parts[2], 10, 8) // 0 where the text is none
	b := []byte{1, byte(len(parts) - 3), 0, 0, 0, 0, 0, byte(authority)}
	for _, part := range parts[3:] {
		n, _ := strconv.ParseUint(part, 10, 32)
		b = binary.LittleEndian.AppendUint32(b, uint32(n))
	}
	return string(b)
}
