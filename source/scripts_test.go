package source

import "testing"

// An address in one script is nothing to wonder at, whatever the script. A Cyrillic
// letter among Latin ones is, and so are letters from right to left before a Latin
// domain.
func TestS35MixedScripts(t *testing.T) {
	for address, want := range map[string]bool{
		"ada@corp.example": false, "günther.søren-2@corp.example": false, "ada": false, "": false, "1+2@x.example": false,
		"иван@xn--80a1acny.xn--p1ai": false, "иван.2@xn--80a1acny.xn--p1ai": false, "東京たろう@xn--wgv71a.xn--q9jyb4c": false, "日本@corp.example": false, "a日本@corp.example": true, "ไทย@corp.example": false,
		"ad\u0430@corp.example": true, "\u0441\u043e\u0440@corp.example": true, "ada+\u0627\u0628@corp.example": true,
		"\u05d0\u05d1@corp.example": true, "\u0430da": true, "иван@corp.example": true, "α1b@corp.example": true,
		"\u0251da@corp.example": true, "ad\uff41@corp.example": true, "\U0001d41ada@corp.example": true, "\u0269@corp.example": false, "stra\u00dfe@corp.example": false, "\u0142ukasz@corp.example": false,
		"ada\u3164@corp.example":   false, // shown as a number anyway
		"ada@xn--corp-8cd.example": false, // the domain is shown in ASCII
	} {
		if got := MixedScripts(address); got != want {
			t.Errorf("%s: %t", address, got)
		}
	}
}
