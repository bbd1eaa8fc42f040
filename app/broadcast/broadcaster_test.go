package broadcast_test

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"dchat/app/account"
	"dchat/app/broadcast"
	"dchat/app/chat"
	"dchat/app/live"
	"dchat/db"
	"dchat/test/domain"
	"dchat/test/migrated"

	"github.com/PuerkitoBio/goquery"
	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
)

const epoch = "abc123"

// room is a store with a push behind it; frames are what it has published.
type room struct {
	*domain.Node
	*broadcast.Broadcaster
	t      *testing.T
	ctx    context.Context
	dsn    string
	frames chan live.Fragment
	end    *account.User // see during
}

func newRoom(t *testing.T) *room {
	r := &room{t: t, ctx: context.Background(), dsn: migrated.SQLite(t, t.TempDir()+"/dchat.db"), frames: make(chan live.Fragment, 100)}
	r.Node = r.open(func(c []chat.Change) { r.Changed(c) })
	r.Broadcaster = broadcast.New(broadcast.Options{
		Accounts: r.Accounts, Chat: r.Chat, Epoch: epoch, Log: slog.New(slog.DiscardHandler),
		FileURL: func(viewer int64, id, name string) string {
			return fmt.Sprintf("/files/%s/%s?for=%d", id, name, viewer)
		},
		Publish: func(_ context.Context, frames ...live.Fragment) {
			for _, f := range frames {
				r.frames <- whole(f)
			}
		},
	})
	go r.Run()
	t.Cleanup(func() {
		r.Chat.Close() // first: it reports its commits to the broadcaster
		r.Close()
	})
	return r
}

// open is a store on the room's database.
func (r *room) open(changed func([]chat.Change)) *domain.Node {
	database, err := db.Open(r.ctx, r.dsn)
	require.NoError(r.t, err)
	node := domain.NewNode(domain.Options{DB: database, Changed: changed})
	r.t.Cleanup(func() {
		node.Close()
		_ = database.Close()
	})
	return node
}

func (r *room) person(name string) *account.User {
	user, err := r.SignUp(r.ctx, account.Signup{Email: name + "@example.org", Username: name, Password: "mountain hut 47"})
	require.NoError(r.t, err)
	return user
}

func (r *room) contacts(a, b *account.User) {
	_, err := r.SendRequest(r.ctx, a, b)
	require.NoError(r.t, err)
	_, err = r.Accept(r.ctx, b, a)
	require.NoError(r.t, err)
	for range 4 {
		r.next()
	}
}

func (r *room) say(from, to *account.User, body string) *chat.Message {
	m, err := r.Send(r.ctx, from, to, uuid.New(), body)
	require.NoError(r.t, err)
	return m
}

func (r *room) next() live.Fragment {
	select {
	case f := <-r.frames:
		return f
	case <-time.After(10 * time.Second):
		r.t.Fatal("nothing was published")
		return live.Fragment{}
	}
}

func (r *room) catchUp(user *account.User, c live.Cursor) live.Fragment {
	frames := r.catchUps(user, c)
	f := frames[len(frames)-1]
	f.Body = nil
	for _, piece := range frames {
		f.Body = append(f.Body, piece.Body...)
	}
	return f
}

func (r *room) catchUps(user *account.User, c live.Cursor) []live.Fragment {
	frames, err := r.CatchUp(r.ctx, user.ID, c)
	require.NoError(r.t, err)
	require.NotEmpty(r.t, frames)
	return frames
}

// whole puts all HTML of a frame into its body.
func whole(f live.Fragment) live.Fragment {
	for _, p := range f.Parts {
		f.Body = append(f.Body, p.Body...)
	}
	return f
}

func (r *room) version(user *account.User) int64 {
	versions, err := r.Versions(r.ctx, []int64{user.ID})
	require.NoError(r.t, err)
	return versions[user.ID]
}

func parse(t *testing.T, f live.Fragment) *goquery.Document {
	doc, err := goquery.NewDocumentFromReader(strings.NewReader(string(f.Body)))
	require.NoError(t, err)
	return doc
}

func TestMessageIsRenderedForBothUsers(t *testing.T) {
	r := newRoom(t)
	ann, bob := r.person("anna"), r.person("bobby")
	r.contacts(ann, bob)
	m := r.say(ann, bob, "hello <b>")
	for range 2 {
		f := r.next()
		doc := parse(t, f)
		row := doc.Find("article.msg")
		require.Equal(t, 1, row.Length())
		require.Contains(t, row.Text(), "hello <b>")
		require.Equal(t, f.From+1, f.To)
		require.Equal(t, []live.Mark{{Conversation: m.ConversationID, Rev: 1}}, f.Marks)
		if f.User == ann.ID {
			require.True(t, row.HasClass("mine"))
			require.Zero(t, doc.Find(".badge").Length())
		} else {
			require.Equal(t, bob.ID, f.User)
			require.False(t, row.HasClass("mine"))
			require.NotContains(t, string(f.Body), m.Key.String(), "the key is the sender's own")
			require.Contains(t, doc.Find(".badge").Text(), "1 unread")
		}
	}
}

func TestCatchUpSendsMissedChanges(t *testing.T) {
	r := newRoom(t)
	ann, bob, cyd := r.person("anna"), r.person("bobby"), r.person("cydney")
	r.contacts(ann, bob)
	r.contacts(ann, cyd)
	first := r.say(bob, ann, "first")
	here := live.Cursor{Epoch: epoch, Version: r.version(ann), Conversation: first.ConversationID, Rev: first.Rev, Gen: 1}
	require.NotContains(t, string(r.catchUp(ann, here).Body), "article")

	r.say(bob, ann, "second")
	r.say(cyd, ann, "elsewhere")
	f := r.catchUp(ann, here)
	doc := parse(t, f)
	require.Equal(t, here.Version+2, f.To)
	require.Equal(t, []live.Mark{{Conversation: first.ConversationID, Rev: 2}}, f.Marks)
	require.Equal(t, 1, doc.Find("article.msg").Length(), "of the open conversation only")
	require.Contains(t, doc.Find("article.msg").Text(), "second")
	require.Equal(t, 2, doc.Find("a.row").Length())
}

func TestInvalidCursorGetsFullState(t *testing.T) {
	r := newRoom(t)
	ann, bob := r.person("anna"), r.person("bobby")
	r.contacts(ann, bob)
	m := r.say(bob, ann, "hello")
	for name, c := range map[string]live.Cursor{
		"of another epoch": {Epoch: "def456", Version: 3, Conversation: m.ConversationID, Rev: 1},
		"from the future":  {Epoch: epoch, Version: 999, Conversation: m.ConversationID, Rev: 999},
	} {
		doc := parse(t, r.catchUp(ann, c))
		require.Equal(t, 1, doc.Find(`[hx-target="#chats"] a.row`).Length(), name)
		log := doc.Find(`[hx-target="#messages-1"]`)
		require.Equal(t, "innerHTML settle:0", log.AttrOr("hx-swap", ""), name)
		require.Contains(t, log.Text(), "hello", name)
	}
}

// A standby that took over may lack the last messages of a conversation, while its users have newer messages.
func TestCursorAheadOfConversationGetsFullLog(t *testing.T) {
	r := newRoom(t)
	ann, bob := r.person("anna"), r.person("bobby")
	r.contacts(ann, bob)
	m := r.say(bob, ann, "hello")
	at := live.Cursor{Epoch: epoch, Version: r.version(ann), Conversation: m.ConversationID, Rev: m.Rev}
	require.NotContains(t, string(r.catchUp(ann, at).Body), "hello", "the premise")
	at.Rev++
	f := r.catchUp(ann, at)
	log := parse(t, f).Find(`[hx-target="#messages-1"]`)
	require.Equal(t, "innerHTML settle:0", log.AttrOr("hx-swap", ""))
	require.Equal(t, 1, log.Find("article.msg").Length())
	require.Equal(t, []live.Mark{{Conversation: m.ConversationID, Rev: m.Rev}}, f.Marks)
}

func TestCatchUpSkipsForeignConversations(t *testing.T) {
	r := newRoom(t)
	ann, bob, eve := r.person("anna"), r.person("bobby"), r.person("evelyn")
	r.contacts(ann, bob)
	m := r.say(ann, bob, "a secret")
	for _, c := range []live.Cursor{
		{Epoch: epoch, Version: 0, Conversation: m.ConversationID, Rev: 0, Gen: 1},
		{Epoch: "def456", Version: 0, Conversation: m.ConversationID, Rev: 0, Gen: 1},
	} {
		f := r.catchUp(eve, c)
		require.NotContains(t, string(f.Body), "secret")
		require.Empty(t, f.Marks)
	}
	require.Contains(t, string(r.catchUp(bob, live.Cursor{Epoch: epoch, Version: 0, Conversation: m.ConversationID}).Body), "a secret", "the premise")
}

// A pane without a conversation has no position in the cursor.
func TestPaneWithoutConversationGetsRequest(t *testing.T) {
	r := newRoom(t)
	ann, bob := r.person("anna"), r.person("bobby")
	before := r.version(ann)
	_, err := r.SendRequest(r.ctx, bob, ann)
	require.NoError(t, err)
	doc := parse(t, r.catchUp(ann, live.Cursor{Epoch: epoch, Version: before}))
	require.Equal(t, 1, doc.Find(`[hx-target*="#pane[data-with="] [hx-get="/chats/bobby"]`).Length(), "the pane reloads")
	require.Equal(t, 1, doc.Find(`[hx-target="#requests"] .ask`).Length())
}

func BenchmarkFrame(b *testing.B) {
	ann := &account.User{ID: 1, Username: "anna", DisplayName: "Anna"}
	bob := &account.User{ID: 2, Username: "bobby", DisplayName: "Bobby"}
	m := chat.Message{ConversationID: 1, Seq: 7, Rev: 7, SenderID: 1, Key: uuid.New(), Body: strings.Repeat("words ", 20), CreatedAt: time.Now(), PrevAt: time.Now()}
	entry := chat.Entry{ConversationID: 1, Other: ann, Standing: chat.InContact, Seq: 7, Rev: 7, Last: &m, ShownAt: m.CreatedAt}
	frames := make(chan live.Fragment, 1)
	p := broadcast.New(broadcast.Options{Log: slog.Default(), Publish: func(_ context.Context, f ...live.Fragment) { frames <- f[0] }})
	go p.Run()
	defer p.Close()
	b.ReportAllocs()
	for b.Loop() {
		p.Changed([]chat.Change{{Viewer: bob, From: 1, To: 2, Items: []chat.Item{{Entry: entry, Messages: []chat.Message{m}}}}})
		<-frames
	}
}

// A change that cannot be rendered reaches the page by reconciling; the others are published.
func TestAPanicLosesOneChangeOnly(t *testing.T) {
	frames := make(chan live.Fragment, 1)
	p := broadcast.New(broadcast.Options{Log: slog.New(slog.DiscardHandler), Publish: func(_ context.Context, f ...live.Fragment) { frames <- f[0] }})
	go p.Run()
	defer p.Close()
	p.Changed([]chat.Change{{}}) // without a viewer: rendering panics
	bob := &account.User{ID: 2, Username: "bobby", DisplayName: "Bobby"}
	p.Changed([]chat.Change{{Viewer: bob, From: 1, To: 2}})
	select {
	case f := <-frames:
		require.Equal(t, bob.ID, f.User)
	case <-time.After(10 * time.Second):
		t.Fatal("no frame after the panic")
	}
}

// The menu of an open pane shows the timer as the other has set it, at once and when it is caught up.
func TestTimerReachesOpenPanes(t *testing.T) {
	r := newRoom(t)
	anna, bob := r.person("anna"), r.person("bobby")
	r.contacts(anna, bob)
	entry, err := r.Entry(r.ctx, bob, anna)
	require.NoError(t, err)
	at := live.Cursor{Epoch: epoch, Version: r.version(bob), Conversation: entry.ConversationID, Rev: entry.Rev}
	_, err = r.SetTimer(r.ctx, anna, bob, 7*24*time.Hour)
	require.NoError(t, err)
	frames := map[int64]live.Fragment{}
	for range 2 {
		f := r.next()
		frames[f.User] = f
	}
	for what, f := range map[string]live.Fragment{"at once": frames[bob.ID], "caught up": r.catchUp(bob, at)} {
		menu := part(t, f, fmt.Sprintf(`#pane[data-with="%d"] #timer`, anna.ID))
		require.Equal(t, "1w", menu.Find("form:has([aria-pressed=true]) [name=after]").AttrOr("value", ""), what)
	}
	r.say(anna, bob, "x")
	require.NotContains(t, string(r.next().Body), "#timer", "only where it has changed")
}
