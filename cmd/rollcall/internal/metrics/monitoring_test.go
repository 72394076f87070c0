package metrics

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"testing"
)

const monitoring = "../../../../deploy/monitoring"

// What alerts and dashboard ask for is a figure that there is, with labels that
// it has, and each figure is on the dashboard. testdata/service.prom shows all
// figures; another test compares it with what a service says.
func TestMonitoringKnowsTheFigures(t *testing.T) {
	figures := map[string]bool{}
	known := read(t, "testdata/service.prom")
	for _, m := range regexp.MustCompile(`(?m)^# TYPE (\w+) `).FindAllStringSubmatch(known, -1) {
		figures[m[1]] = true
	}
	if len(figures) < 14 {
		t.Fatalf("testdata/service.prom shows %d figures only", len(figures))
	}
	name := regexp.MustCompile(`\brollcall_[a-z_]+`)
	for _, file := range []string{"alerts.yaml", "alerts_test.yaml", "dashboard.json"} {
		for _, used := range name.FindAllString(read(t, filepath.Join(monitoring, file)), -1) {
			if !figures[used] {
				t.Errorf("%s asks for %s, which is no figure of rollcall", file, used)
			}
		}
	}
	shown := name.FindAllString(read(t, filepath.Join(monitoring, "dashboard.json")), -1)
	for figure := range figures {
		if !slices.Contains(shown, figure) {
			t.Errorf("dashboard.json does not show %s", figure)
		}
	}
}

// The topic explains each alert, and says who is needed when.
func TestAlertsAreDocumented(t *testing.T) {
	var want, got []string
	for _, m := range regexp.MustCompile(`(?s)- alert: (\w+)\n.*?severity: (\w+)`).FindAllStringSubmatch(read(t, filepath.Join(monitoring, "alerts.yaml")), -1) {
		want = append(want, m[1]+" "+m[2])
	}
	for _, m := range regexp.MustCompile(`(?m)^- \*\*(Rollcall\w+)\*\* \((\w+)\): .{80,}$`).FindAllStringSubmatch(read(t, "../help/topics/monitoring.md"), -1) {
		got = append(got, m[1]+" "+m[2])
	}
	if len(want) < 9 || !slices.Equal(got, want) {
		t.Errorf("the topic explains %q, want %q", got, want)
	}
}

// A label that an alert or a panel takes is one that the figure has.
func TestMonitoringKnowsTheLabels(t *testing.T) {
	known := read(t, "testdata/service.prom")
	labels := []string{"job", "instance"} // Prometheus adds these
	for _, m := range regexp.MustCompile(`[{,](\w+)="`).FindAllStringSubmatch(known, -1) {
		labels = append(labels, m[1])
	}
	taken := regexp.MustCompile(`\$labels\.(\w+)|by \(([^)]*)\)|on \(([^)]*)\)|\{\{(\w+)\}\}`)
	found := 0
	for _, file := range []string{"alerts.yaml", "dashboard.json"} {
		for _, m := range taken.FindAllStringSubmatch(read(t, filepath.Join(monitoring, file)), -1) {
			for _, group := range m[1:] {
				for _, label := range regexp.MustCompile(`\w+`).FindAllString(group, -1) {
					found++
					if !slices.Contains(labels, label) {
						t.Errorf("%s takes the label %s, which no figure has", file, label)
					}
				}
			}
		}
	}
	if found < 20 {
		t.Errorf("found %d labels only", found)
	}
}

// Grafana takes the dashboard: each panel has its own number, a place that no
// other has, a title, and something to ask.
func TestDashboardIsWellFormed(t *testing.T) {
	type place struct{ X, Y, W, H int }
	var dashboard struct {
		UID           string
		SchemaVersion int
		Panels        []struct {
			ID          int
			Type, Title string
			GridPos     place
			Targets     []struct{ Expr, RefID string }
			Datasource  struct{ UID string }
		}
	}
	if err := json.Unmarshal([]byte(read(t, filepath.Join(monitoring, "dashboard.json"))), &dashboard); err != nil {
		t.Fatal(err)
	}
	if dashboard.UID == "" || dashboard.SchemaVersion == 0 || len(dashboard.Panels) < 10 {
		t.Errorf("uid %q, schema version %d, %d panels", dashboard.UID, dashboard.SchemaVersion, len(dashboard.Panels))
	}
	ids, taken := map[int]bool{}, map[[2]int]string{}
	for _, p := range dashboard.Panels {
		if ids[p.ID] || p.ID == 0 || p.Title == "" {
			t.Errorf("panel %d %q: its number or its title", p.ID, p.Title)
		}
		ids[p.ID] = true
		if p.Type != "row" && (len(p.Targets) == 0 || p.Datasource.UID != "${datasource}") {
			t.Errorf("panel %q: %d targets of the data source %q", p.Title, len(p.Targets), p.Datasource.UID)
		}
		for x := p.GridPos.X; x < p.GridPos.X+p.GridPos.W; x++ {
			for y := p.GridPos.Y; y < p.GridPos.Y+p.GridPos.H; y++ {
				if other := taken[[2]int{x, y}]; other != "" || x >= 24 {
					t.Fatalf("panel %q lies on %q, or beside the page", p.Title, other)
				}
				taken[[2]int{x, y}] = p.Title
			}
		}
	}
}

func read(t *testing.T, file string) string {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
