package report

import (
	"io"
	"time"

	"github.com/vbauerster/mpb/v8"
	"github.com/vbauerster/mpb/v8/decor"
	"go.uber.org/zap"
)

// Progress shows how far a run is: bars on a terminal, log lines elsewhere.
type Progress struct {
	// turn is a lock: whoever takes the token may touch the rest. The package
	// sync of this module and the standard one do not meet in one package.
	turn  chan struct{}
	bars  *mpb.Progress
	open  map[string]*mpb.Bar
	log   *zap.Logger
	every time.Duration
	last  map[string]time.Time
}

// NewProgress shows bars on the terminal, or, when that is nil, logs the start
// and the end of each stage and every ten seconds between.
func NewProgress(terminal io.Writer, log *zap.Logger) *Progress {
	p := &Progress{log: log, every: 10 * time.Second, last: map[string]time.Time{}, open: map[string]*mpb.Bar{}, turn: make(chan struct{}, 1)}
	if terminal != nil {
		p.bars = mpb.New(mpb.WithOutput(terminal), mpb.WithWidth(64), mpb.WithAutoRefresh())
	}
	return p
}

// Step says how far a stage is; a total of 0 means unknown. It may be called
// from several goroutines.
func (p *Progress) Step(stage string, done, total int) {
	p.turn <- struct{}{}
	defer func() { <-p.turn }()
	if p.bars != nil {
		p.bar(stage, done, total)
		return
	}
	now := time.Now()
	last, begun := p.last[stage]
	if begun && now.Sub(last) < p.every && (done < total || total == 0) {
		return
	}
	p.last[stage] = now
	if total == 0 && done == 0 { // just begun
		p.log.Info("progress", zap.String("stage", stage))
		return
	}
	p.log.Info("progress", zap.String("stage", stage), zap.Int("done", done), zap.Int("total", total))
}

func (p *Progress) bar(stage string, done, total int) {
	bar, ok := p.open[stage]
	if !ok {
		bar = p.bars.AddBar(int64(total),
			mpb.PrependDecorators(decor.Name(Escape(stage)+" ", decor.WCSyncSpaceR)),
			mpb.AppendDecorators(decor.CountersNoUnit("%d / %d")),
			mpb.BarRemoveOnComplete())
		p.open[stage] = bar
	}
	bar.SetTotal(int64(total), false)
	bar.SetCurrent(int64(done))
	if total > 0 && done >= total {
		bar.SetTotal(int64(total), true)
	}
}

// Close takes the bars away, so that the report starts on a clean line.
func (p *Progress) Close() {
	p.turn <- struct{}{}
	defer func() { <-p.turn }()
	if p.bars == nil {
		return
	}
	for _, bar := range p.open {
		bar.Abort(true)
	}
	p.bars.Wait()
}
