package broadcast

import (
	"bytes"
	"context"
	"slices"
	"strconv"

	"dchat/app/chat"
	"dchat/app/live"
	"dchat/views"

	"github.com/a-h/templ"
)

// typing passes on that a person types, to the other of the conversation.
func (p *Presence) typing(s sign) {
	known := p.known[chat.View{ConversationID: s.Conversation, UserID: s.user}]
	if !known.Typing {
		return
	}
	name := known.Name
	if s.Kind == live.Typed {
		name = ""
	}
	p.Hub.Pass(live.Fragment{User: known.OtherID, Parts: p.part("typing", s.Conversation, views.TypingPart(s.Conversation, name))})
}

func (p *Presence) part(kind string, conversation int64, c templ.Component) []live.Part {
	var html bytes.Buffer
	if err := c.Render(context.Background(), &html); err != nil {
		p.Log.Error("a passing fragment could not be rendered", "error", err)
		return nil
	}
	return []live.Part{{Key: kind + " " + strconv.FormatInt(conversation, 36), Body: html.Bytes()}}
}

// typingEnds reports whether the other has sent a message, which says more than that they type.
func typingEnds(item *chat.Item) bool {
	other := item.Entry.Other.ID
	return slices.ContainsFunc(item.Messages, func(m chat.Message) bool {
		return m.SenderID == other && m.Seq == item.Entry.Seq && m.EditedAt.IsZero()
	})
}
