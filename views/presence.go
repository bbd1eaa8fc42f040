package views

import "time"

// Presence is what one may know of the other of a conversation at the moment. The zero value is nothing.
type Presence struct {
	Online bool
	SeenAt time.Time // when they were last there, to the minute
}

// Key is the same for what looks the same.
func (p Presence) Key() string {
	switch {
	case p.Online:
		return "online"
	case p.SeenAt.IsZero():
		return ""
	}
	return p.SeenAt.UTC().Format(time.RFC3339)
}
