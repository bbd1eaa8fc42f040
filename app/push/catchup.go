package push

import (
	"context"

	"dchat/app/chat"
	"dchat/app/live"
	"dchat/views"
)

// CatchUp renders what a page lacks.
func (p *Push) CatchUp(ctx context.Context, user int64, cursor live.Cursor) (live.Frame, error) {
	frame := live.Frame{User: user, From: cursor.Version}
	viewer, err := p.store.UserByID(ctx, user)
	if err != nil {
		return frame, err
	}
	seen := chat.Seen{Version: cursor.Version, Conversation: cursor.Thread, Rev: cursor.Rev}
	missed, err := p.store.Missed(ctx, viewer, seen, cursor.Epoch != p.epoch)
	if err != nil {
		return frame, err
	}
	if missed.Self != nil {
		viewer = missed.Self // not as memory has them
	}
	out := p.sheet(viewer)
	out.missed(missed)
	frame.To, frame.Body = missed.Version, out.buf.Bytes()
	if missed.Open != nil {
		frame.Marks = []live.Mark{{Thread: cursor.Thread, Rev: missed.Rev}}
	}
	return frame, out.err
}

func (s *sheet) missed(missed *chat.Missed) {
	if missed.All {
		s.put(views.Sidebar(s.viewer, missed.Entries, missed.Requests, s.now))
	}
	if len(missed.Entries) > 0 {
		s.put(views.RequestCount(missed.Requests))
	}
	if missed.Self != nil {
		s.put(views.SelfParts(s.viewer))
	}
	for _, e := range missed.Entries {
		if !missed.All {
			s.put(views.EntryParts(s.viewer, e, s.now))
			s.put(views.ResultPart(s.viewer, e))
		}
		// The pane of a person without a conversation has no place in the cursor, so without an
		// open conversation any change may concern the pane.
		if missed.Open == nil {
			s.put(views.StaleParts(s.viewer, e))
		} else if missed.Open.ConversationID == e.ConversationID {
			s.put(views.RelationParts(s.viewer, e))
		}
		s.put(views.PersonParts(s.viewer, e))
	}
	s.put(views.Missed(s.viewer, missed))
}
