package live

import "time"

// Mark says that a fragment brings conversation up to revision Rev.
type Mark struct{ Conversation, Rev int64 }

// Part is HTML that shows a current state: of two parts with one key the later is enough.
type Part struct {
	Key  string
	Body []byte
}

// Fragment is HTML for one person's pages, which takes them from version From to version To: Body, and
// after it Parts. At is the time of its commit, for measuring only. A published fragment must not be
// changed: all pages share it.
type Fragment struct {
	User     int64
	From, To int64
	Marks    []Mark
	Body     []byte
	Parts    []Part
	At       time.Time

	far bool // came from another node
}

// size is how many bytes of HTML a fragment holds.
func (f *Fragment) size() int {
	n := len(f.Body)
	for i := range f.Parts {
		n += len(f.Parts[i].Body)
	}
	return n
}
