package chat

// What tests read on a database of their own, to see its statements.
var (
	Before  = before
	Since   = since
	Entries = entries
)
