package spreadsheet

import "strings"

// Problem is said of a cell of a mapped column that a spreadsheet
// filled with an error value: the look-up behind the cell failed, so the group,
// id or address that belongs there is unknown (S09, S14). Without this check
// #N/A would be the name of a group that no rule uses, and a leaver.
const Problem = "error value of a spreadsheet (such as #N/A or #REF!): the formula in this cell failed; fix the sheet and export it again"

// errorValues are the error values of Excel, LibreOffice and Google
// Sheets. They are translated when a sheet is saved as text.
var errorValues = wordSet(
	// English
	"#N/A #REF! #NAME? #VALUE! #DIV/0! #NUM! #NULL! #ERROR! #SPILL! #CALC! #FIELD! #BLOCKED! #CONNECT! #UNKNOWN! #BUSY! #EXTERNAL! #PYTHON! #GETTING_DATA #TIMEOUT!",
	// German, French, Spanish, Italian, Portuguese, Dutch
	"#NV #BEZUG! #WERT! #ZAHL! #ÜBERLAUF! #KALK! #FELD! #GESPERRT! #FEHLER!",
	"#NOM? #VALEUR! #NOMBRE! #NUL! #PROPAGATION! #CALCUL! #CHAMP! #ERREUR!",
	"#¡REF! #¿NOMBRE? #¡VALOR! #¡DIV/0! #¡NUM! #¡NULO! #¡DESBORDAMIENTO! #¡CALC! #NOMBRE? #VALOR! #NULO!",
	"#N/D #RIF! #NOME? #VALORE! #NULLO! #ESPANSIONE!",
	"#N/B #VERW! #NAAM? #WAARDE! #DEEL/0! #GETAL! #LEEG! #OVERLOOP!",
	// Polish, Czech, Hungarian, Turkish, Russian
	"#N/D! #ADR! #NAZWA? #ARG! #DZIEL/0! #LICZBA! #ZERO!",
	"#NENÍ_K_DISPOZICI #ODKAZ! #NÁZEV? #HODNOTA! #DĚLENÍ_NULOU! #ČÍSLO!",
	"#HIÁNYZIK #HIV! #NÉV? #ÉRTÉK! #ZÉRÓOSZTÓ! #SZÁM! #NULLA!",
	"#YOK #BAŞV! #AD? #DEĞER! #SAYI/0! #SAYI! #BOŞ!",
	"#Н/Д #ССЫЛКА! #ИМЯ? #ЗНАЧ! #ДЕЛ/0! #ЧИСЛО! #ПУСТО!",
	// Swedish, Danish, Norwegian, Finnish
	"#SAKNAS! #REFERENS! #NAMN? #VÄRDEFEL! #DIVISION/0! #OGILTIGT! #SKÄRNING!", //nolint:misspell // Swedish
	"#I/T #REFERENCE! #NAVN? #VÆRDI! #DIVISION/0! #VERDI!",
	"#PUUTTUU! #VIITTAUS! #NIMI? #ARVO! #JAKO/0! #LUKU! #TYHJÄ!",
)

func wordSet(lines ...string) map[string]bool {
	set := map[string]bool{}
	for _, line := range lines {
		for word := range strings.FieldsSeq(line) {
			set[word] = true
		}
	}
	return set
}

// IsError reports whether a text is an error value of a spreadsheet:
// a word of the list, the Err:502 of LibreOffice, or the ##### of a column that
// was too narrow for its date or number.
func IsError(s string) bool {
	if number, ok := strings.CutPrefix(s, "Err:"); ok {
		return len(number) == 3 && strings.Trim(number, "0123456789") == ""
	}
	return strings.HasPrefix(s, "#") && (errorValues[s] || len(s) > 2 && strings.Trim(s, "#") == "")
}
