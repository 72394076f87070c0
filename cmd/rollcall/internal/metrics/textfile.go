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

	"rollcall/cmd/rollcall/internal/field"
	"rollcall/source/platform"
)

// Config is the metrics section of the configuration.
type Config struct {
	// Textfile is where a run leaves its figures for node-exporter; empty is nowhere.
	Textfile string `yaml:"textfile"`
}

// Validate finds what is wrong with the section.
func (c Config) Validate() error {
	if c.Textfile != "" && filepath.Ext(c.Textfile) != ".prom" {
		return field.New("textfile", "must end in .prom, because node_exporter reads only such files")
	}
	return nil
}

// maxTextfile bounds what is read: it has some hundred bytes for each organization.
const maxTextfile = 64 << 20

// restorer goes on from a figure that an earlier run left.
type restorer interface {
	restore(labels prometheus.Labels, m *dto.Metric) error
}

type textfileCounter struct{ *prometheus.CounterVec }

// restore raises a counter. Another process may have counted since we did.
func (v textfileCounter) restore(labels prometheus.Labels, m *dto.Metric) error {
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

type textfileGauge struct{ *prometheus.GaugeVec }

func (v textfileGauge) restore(labels prometheus.Labels, m *dto.Metric) error {
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
		return false, fmt.Errorf("read the earlier metrics in %s: %w", file, err)
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
				problems = append(problems, fmt.Errorf("read the earlier metric %s in %s: %w", name, file, err))
			}
		}
	}
	return true, errors.Join(problems...)
}

// readTextfile opens the file once, without waiting for the writer of a pipe,
// and judges it by its descriptor (S34).
func readTextfile(name string) (map[string]*dto.MetricFamily, error) {
	file, err := os.OpenFile(name, os.O_RDONLY|platform.NonBlock, 0)
	if err != nil {
		return nil, err
	}
	defer func() { _ = file.Close() }() // nothing was written
	if info, err := file.Stat(); err != nil {
		return nil, err
	} else if !info.Mode().IsRegular() {
		return nil, errors.New("it is not a regular file")
	}
	parser := expfmt.NewTextParser(model.LegacyValidation)
	return parser.TextToMetricFamilies(io.LimitReader(file, maxTextfile))
}

// WriteTextfile replaces the file as a whole: a reader sees all of the old figures
// or all of the new ones.
func (m *Metrics) WriteTextfile(file string) error {
	if err := prometheus.WriteToTextfile(file, m.registry); err != nil {
		return fmt.Errorf("write the metrics to %s: %w", file, err)
	}
	return nil
}
