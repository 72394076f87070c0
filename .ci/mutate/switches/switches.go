// Package switches is the code that every package with mutants gets beside its
// own files. Each function returns its argument unless the environment
// variable MUTANT names the mutant, so that one test binary holds all mutants.
// The program embeds this file and only changes the name of the package, so it
// imports nothing but the standard library, and under names that no package
// declares itself.
package switches

import (
	mutcmp "cmp"
	mutos "os"
	mutreflect "reflect"
	mutstrconv "strconv"
	mutatomic "sync/atomic"
)

var (
	mutActive = mutNumberOf("MUTANT")
	// mutHits gets the number of each mutant that is reached, if somebody asks for it.
	mutHits = mutOpen(mutos.Getenv("MUTANT_HITS"))
	mutSeen = make([]mutatomic.Bool, mutNumberOf("MUTANT_COUNT")+1)
)

func mutNumberOf(variable string) int {
	n, _ := mutstrconv.Atoi(mutos.Getenv(variable))
	return n
}

func mutOpen(name string) *mutos.File {
	if name == "" {
		return nil
	}
	f, _ := mutos.OpenFile(name, mutos.O_APPEND|mutos.O_CREATE|mutos.O_WRONLY, 0o600)
	return f
}

// mutOn reports whether the mutant is the active one. 0 is no mutant.
func mutOn(id int) bool {
	if mutHits != nil && id != 0 && !mutSeen[id].Swap(true) {
		_, _ = mutHits.WriteString(mutstrconv.Itoa(id) + "\n")
	}
	return id != 0 && id == mutActive
}

// mutKeep is the condition of a statement that the mutant leaves out.
func mutKeep(id int) bool { return !mutOn(id) }

// mutBool is a condition that one mutant makes true and one makes false.
func mutBool[T ~bool](x T, yes, no int) T {
	switch {
	case mutOn(yes):
		return true
	case mutOn(no):
		return false
	}
	return x
}

// mutNot is a constant truth value that the mutant turns round.
func mutNot(x bool, id int) bool { return x != mutOn(id) }

// mutZero is a result that the mutant makes the zero value.
func mutZero[T any](x T, id int) T {
	if mutOn(id) {
		var zero T
		return zero
	}
	return x
}

// mutCase is the value of a case, a text or a whole number, that nothing
// equals under the mutant.
func mutCase[T any](x T, id int) T {
	if !mutOn(id) {
		return x
	}
	v := mutreflect.ValueOf(&x).Elem()
	switch {
	case v.CanInt():
		v.SetInt(mutFar(v.Int()))
	case v.CanUint():
		v.SetUint(mutFar(v.Uint()))
	default:
		v.SetString("\x00no case")
	}
	return x
}

// mutFar is a number that no case beside n has.
func mutFar[T int64 | uint64](n T) T {
	if n == 0 {
		return 99
	}
	return 45 * n
}

type mutNumeric interface {
	~int | ~int8 | ~int16 | ~int32 | ~int64 | ~uint | ~uint8 | ~uint16 | ~uint32 | ~uint64 | ~float32 | ~float64
}

// mutNumber is a constant that the mutant doubles or makes one more.
func mutNumber[T mutNumeric](x T, to string, id int) T {
	switch {
	case !mutOn(id):
		return x
	case to == "*2":
		return x * 2
	}
	return x + 1
}

// mutCompare moves a bound by one.
func mutCompare[T mutcmp.Ordered](op string, id int, a, b T) bool {
	on := mutOn(id)
	switch op {
	case "<":
		return a < b || on && a == b
	case "<=":
		return a < b || !on && a == b
	case ">":
		return a > b || on && a == b
	}
	return a > b || !on && a == b
}

// mutArith exchanges + and -, * and /.
func mutArith[T mutNumeric](op string, id int, a, b T) T {
	on := mutOn(id)
	switch op {
	case "+", "-":
		if (op == "+") != on {
			return a + b
		}
		return a - b
	}
	if (op == "*") != on {
		return a * b
	}
	return a / b
}

// mutExtreme exchanges min and max.
func mutExtreme[T mutcmp.Ordered](op string, id int, first T, rest ...T) T {
	least := (op == "min") != mutOn(id)
	for _, x := range rest {
		if least {
			first = min(first, x)
		} else {
			first = max(first, x)
		}
	}
	return first
}
