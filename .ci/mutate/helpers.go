package main

// helpers is compiled into the package under test.
const helpers = `package %s

import (
	mutcmp "cmp"
	mutos "os"
	mutstrconv "strconv"
	mutatomic "sync/atomic"
)

var (
	mutActive = func() int { n, _ := mutstrconv.Atoi(mutos.Getenv("MUTANT")); return n }()
	mutHits   = func() *mutos.File {
		name := mutos.Getenv("MUTANT_HITS")
		if name == "" {
			return nil
		}
		f, _ := mutos.OpenFile(name, mutos.O_APPEND|mutos.O_CREATE|mutos.O_WRONLY, 0o600)
		return f
	}()
	mutSeen [%d]mutatomic.Bool
)

func mutOn(id int) bool {
	if mutHits != nil && id != 0 && !mutSeen[id].Swap(true) {
		_, _ = mutHits.WriteString(mutstrconv.Itoa(id) + "\n")
	}
	return id != 0 && id == mutActive
}

func mutKeep(id int) bool { return !mutOn(id) }

func mutBool[T ~bool](x T, yes, no int) T {
	switch {
	case mutOn(yes):
		return true
	case mutOn(no):
		return false
	}
	return x
}

func mutNot(x bool, id int) bool { return x != mutOn(id) }

func mutZero[T any](x T, id int) T {
	if mutOn(id) {
		var zero T
		return zero
	}
	return x
}

func mutCase[T ~string | ~int | ~int8 | ~int16 | ~int32 | ~int64 | ~uint | ~uint8 | ~uint16 | ~uint32 | ~uint64](x T, id int) T {
	if !mutOn(id) {
		return x
	}
	switch v := any(&x).(type) {
	case *string:
		*v = "\x00no case"
		return x
	}
	return mutOther(x)
}

// mutOther is x doubled and one more: for a string its text twice, so no case.
func mutOther[T ~string | ~int | ~int8 | ~int16 | ~int32 | ~int64 | ~uint | ~uint8 | ~uint16 | ~uint32 | ~uint64](x T) T {
	y := x + x + x + x + x
	for range 40 {
		y += x
	}
	var zero T
	if y == zero {
		y = mutBig[T]()
	}
	return y
}

func mutBig[T ~string | ~int | ~int8 | ~int16 | ~int32 | ~int64 | ~uint | ~uint8 | ~uint16 | ~uint32 | ~uint64]() T {
	var v T
	switch p := any(&v).(type) {
	case *string:
		*p = "\x00"
	case *int:
		*p = 99
	case *uint8:
		*p = 99
	}
	return v
}

type mutNumeric interface {
	~int | ~int8 | ~int16 | ~int32 | ~int64 | ~uint | ~uint8 | ~uint16 | ~uint32 | ~uint64 | ~float32 | ~float64
}

func mutNumber[T mutNumeric](x T, to string, id int) T {
	if !mutOn(id) {
		return x
	}
	switch to {
	case "*2":
		return x * 2
	}
	return x + 1
}

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

func mutExtreme[T mutcmp.Ordered](op string, id int, first T, rest ...T) T {
	for _, x := range rest {
		if (op == "min") != mutOn(id) {
			first = min(first, x)
		} else {
			first = max(first, x)
		}
	}
	return first
}
`
