package diff

import (
	"maps"
	"slices"

	"rollcall/sync/plan"
)

// spare is want without the keys that have no place in have: a key below a key
// whose present value is no object. To write there would replace that value,
// which a rule does not name and somebody else wrote (S26). obstacles are the
// paths of those values where want has something to write below. An absent key
// has nothing to write, and is no obstacle.
func spare(want, have map[string]any) (rest map[string]any, obstacles []string) {
	rest = want
	for _, key := range slices.Sorted(maps.Keys(want)) {
		inner, object := want[key].(map[string]any)
		if !object || have[key] == nil {
			continue
		}
		held, place := have[key].(map[string]any)
		var below []string
		if place {
			inner, below = spare(inner, held)
		} else if len(plan.WithoutNulls(inner)) > 0 {
			below = []string{""}
		}
		for _, path := range below {
			obstacles = append(obstacles, joinPath(key, path))
		}
		rest = maps.Clone(rest) // rules share their constants
		if place {
			rest[key] = inner
		} else {
			delete(rest, key)
		}
	}
	return rest, obstacles
}

func joinPath(key, below string) string {
	if below == "" {
		return key
	}
	return key + "." + below
}

// hasObjects reports whether an object has keys below keys. Without them nothing
// of somebody else can stand in the way.
func hasObjects(o map[string]any) bool {
	for _, v := range o {
		if _, object := v.(map[string]any); object {
			return true
		}
	}
	return false
}
