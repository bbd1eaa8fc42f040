package chat

import "context"

// What tests read on a database of their own, to see its statements.
var (
	Before  = before
	Since   = since
	Entries = entries
)

// Span is what one person's pages have acknowledged.
type Span = span

// NewSpan is from one version to another.
func NewSpan(after, upTo int64) Span { return span{after, upTo} }

// Deliver writes at once what Acknowledge would have written a second later.
func (s *Store) Deliver(ctx context.Context, spans map[int64]Span) { s.deliver(ctx, spans) }
