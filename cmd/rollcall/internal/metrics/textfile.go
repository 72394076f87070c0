package metrics

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/prometheus/client_golang/prometheus"
	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"
)

// Config is the metrics section of the configuration.
type Config struct {
	// Textfile is where a run leaves its figures for node-exporter; empty is nowhere.
	Textfile string `yaml:"textfile"`
}

// FieldError is a problem with one key of the section.
type FieldError struct{ Path, Problem string }

// Error gives the path and the problem.
func (e *FieldError) Error() string { return e.Path + ": " + e.Problem }

// YAMLPath is where the problem is; the configuration turns it into file:line:column.
func (e *FieldError) YAMLPath() string { return e.Path }

// Validate finds what is wrong with the section.
func (c Config) Validate() error {
	if c.Textfile != "" && filepath.Ext(c.Textfile) != ".prom" {
		return &FieldError{"textfile", "must end in .prom: node-exporter reads no other files"}
	}
	return nil
}

// maxTextfile bounds what is read: it has some hundred bytes for each organization.
const maxTextfile = 64 << 20

// restorer goes on from a figure that an earlier run left.
type restorer interface {
	restore(labels prometheus.Labels, m *dto.Metric) error
}

type counted struct{ *prometheus.CounterVec }

// restore raises a counter. Another process may have counted since we did.
func (v counted) restore(labels prometheus.Labels, m *dto.Metric) error {
	c, err := v.GetMetricWith(labels)
	if err != nil {
		return err
	}
	var now dto.Metric
	if err := c.Write(&now); err != nil {
		return err
	}
	if more := m.GetCounter().GetValue() - now.GetCounter().GetValue(); more > 0 {
		c.Add(more)
	}
	return nil
}

type measured struct{ *prometheus.GaugeVec }

func (v measured) restore(labels prometheus.Labels, m *dto.Metric) error {
	g, err := v.GetMetricWith(labels)
	if err == nil {
		g.Set(m.GetGauge().GetValue())
	}
	return err
}

// Restore goes on from what earlier runs left in a textfile, and reports
// whether there was one that could be read; none is no error.
func (m *Metrics) Restore(file string) (found bool, err error) {
	families, err := readTextfile(file)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("go on from the figures in %s: %w", file, err)
	}
	var problems []error
	for name, family := range families {
		into, ok := m.restore[name]
		if !ok {
			continue // what runs do not carry on, or another version's
		}
		for _, one := range family.GetMetric() {
			labels := prometheus.Labels{}
			for _, l := range one.GetLabel() {
				labels[l.GetName()] = l.GetValue()
			}
			if err := into.restore(labels, one); err != nil {
				problems = append(problems, fmt.Errorf("go on from the figure %s in %s: %w", name, file, err))
			}
		}
	}
	return true, errors.Join(problems...)
}

func readTextfile(name string) (map[string]*dto.MetricFamily, error) {
	info, err := os.Stat(name)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, errors.New("it is no plain file")
	}
	file, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer func() { _ = file.Close() }() // nothing was written
	parser := expfmt.NewTextParser(model.LegacyValidation)
	return parser.TextToMetricFamilies(io.LimitReader(file, maxTextfile))
}

// WriteTextfile puts all figures into a file at once: whoever reads it sees the
// old ones or the new ones.
func (m *Metrics) WriteTextfile(file string) error {
	if err := prometheus.WriteToTextfile(file, m.registry); err != nil {
		return fmt.Errorf("write the figures to %s: %w", file, err)
	}
	return nil
}
