package journal

import (
	"encoding/json"
	"fmt"
	"testing"
)

// The changes of a large run, as apply writes them: 5,000 in batches of 50.
func BenchmarkChanges(b *testing.B) {
	db := open(b, b.TempDir(), Options{})
	for b.Loop() {
		run := begin(b, db)
		for range 100 {
			ids := intend(b, db, run, 50)
			outcomes := make([]Outcome, len(ids))
			for i, id := range ids {
				outcomes[i] = Outcome{ID: id, Result: Done, After: json.RawMessage(`{"role":"org:admin"}`)}
			}
			if err := db.Record(b.Context(), outcomes); err != nil {
				b.Fatal(err)
			}
		}
	}
}

func manyFacts(n, version int) []Fact {
	out := make([]Fact, n)
	for i := range out {
		out[i] = Fact{Kind: "member", Key: fmt.Sprintf("corp/uid=%06d,ou=people,dc=corp,dc=example", i), Value: json.RawMessage(fmt.Sprintf(`{"usable":true,"v":%d}`, version))}
	}
	return out
}

func BenchmarkRemember(b *testing.B) {
	const n = 100_000
	for _, bench := range []struct {
		name string
		next func(i int) []Fact
	}{
		{"unchanged", func() func(int) []Fact { f := manyFacts(n, 0); return func(int) []Fact { return f } }()},
		{"changed", func(i int) []Fact { return manyFacts(n, i) }},
	} {
		b.Run(bench.name, func(b *testing.B) {
			db := open(b, b.TempDir(), Options{})
			i := 0
			remember := func() {
				if err := db.Remember(b.Context(), 1, bench.next(i), nil); err != nil {
					b.Fatal(err)
				}
				i++
			}
			remember()
			for b.Loop() {
				remember()
			}
		})
	}
}

func BenchmarkFacts(b *testing.B) {
	db := open(b, b.TempDir(), Options{})
	if err := db.Remember(b.Context(), 1, manyFacts(100_000, 0), nil); err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if found, err := db.Facts(b.Context()); err != nil || len(found) != 100_000 {
			b.Fatal(len(found), err)
		}
	}
}
