package pages

import "context"

type rowsKey struct{}

// WithRows returns a context in which [ReportRows] calls a function.
func WithRows(ctx context.Context, report func(n int)) context.Context {
	return context.WithValue(ctx, rowsKey{}, report)
}

// ReportRows reports rows to whoever asked for that with [WithRows].
func ReportRows(ctx context.Context, n int) {
	if report, ok := ctx.Value(rowsKey{}).(func(int)); ok {
		report(n)
	}
}
