package life

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"dchat/test/page"

	diff "github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// patience is how long a page may take to show what is stored.
const patience = 20 * time.Second

// What can be wrong.
var (
	errLost  = errors.New("the database does not have what was acknowledged")
	errFresh = errors.New("a page that was just loaded does not show what the database has")
	errOpen  = errors.New("an open page does not show what the database has")
)

// compare compares all pages, pages loaded now, and what was acknowledged with the database. Unless it is the end, pages
// without a connection stay as they are; at the end all are connected, and get all.
func (k *talk) compare(end bool) error {
	if err := k.awaitExpiry(); err != nil {
		return err
	}
	err := k.compareAtRest(end)
	if err == nil && end {
		if err = k.awaitDelivery(); err == nil {
			err = k.compareAtRest(end)
		}
	}
	return err
}

// compareAtRest compares until nothing has changed meanwhile: what pages have received is stored a moment later, and
// changes other pages.
func (k *talk) compareAtRest(end bool) error {
	var failed error
	for range 20 {
		before, err := k.versions()
		if err != nil {
			return err
		}
		failed = k.compareNow(end)
		after, err := k.versions()
		if failed == nil || err != nil || before == after {
			return errors.Join(failed, err)
		}
	}
	return fmt.Errorf("nothing rests: %w", failed)
}

func (k *talk) versions() (list [2]int64, err error) {
	for i, a := range k.actors {
		if err == nil {
			list[i], err = version(k.ctx, k.db, a.id)
		}
	}
	return list, err
}

func (k *talk) compareNow(end bool) error {
	a, b := k.actors[0], k.actors[1]
	t, err := read(k.ctx, k.db, a.id, b.id)
	if err != nil {
		return err
	}
	if err := k.ledger.compare(t, [2]int64{a.id, b.id}); err != nil {
		return fmt.Errorf("%w: %w", errLost, err)
	}
	elsewhere, err := read(k.ctx, k.db, a.id, k.ids[k.third.Username])
	if err != nil {
		return err
	}
	for _, who := range k.actors {
		chats := []page.Chat{t.chat(who.id, who.path)}
		if who == a {
			chats = append(chats, elsewhere.chat(a.id, "/chats/"+k.third.Username))
		}
		if err := who.compare(t, chats, end); err != nil {
			return err
		}
	}
	return nil
}

// awaitDelivery waits until it is stored that both have received all.
func (k *talk) awaitDelivery() error {
	for end := time.Now().Add(patience); ; time.Sleep(50 * time.Millisecond) {
		t, err := read(k.ctx, k.db, k.actors[0].id, k.actors[1].id)
		if err != nil || t.delivered() {
			return err
		}
		if time.Now().After(end) {
			return fmt.Errorf("%w: all pages have all of %d messages, and the database does not know: %+v", errLost, t.seq, t.sides)
		}
	}
}

// awaitExpiry waits until a node has deleted what has expired. A page that is loaded before that shows nothing of it.
func (k *talk) awaitExpiry() error {
	if !k.expired.Swap(false) {
		return nil
	}
	t, err := read(k.ctx, k.db, k.actors[0].id, k.actors[1].id)
	if err != nil {
		return err
	}
	for _, a := range k.actors {
		fresh, err := a.open(a.who)
		if err != nil {
			return err
		}
		// The revision is another one if they are deleted just now.
		if err := a.checkRows(t, fresh.State(), cmpopts.IgnoreFields(page.Row{}, "Rev")); err != nil {
			return fmt.Errorf("%w: %s, before what has expired is deleted: %w", errFresh, a.who.Username, err)
		}
	}
	for end := time.Now().Add(patience); ; time.Sleep(20 * time.Millisecond) {
		var waiting int
		err := k.db.Read().NewRaw("SELECT count(*) FROM messages WHERE conversation_id = ? AND deleted_at IS NULL AND expires_at = created_at", k.conversation).Scan(k.ctx, &waiting)
		if err != nil || waiting == 0 {
			return err
		}
		if time.Now().After(end) {
			return fmt.Errorf("%w: %d messages that have expired are still there", errLost, waiting)
		}
	}
}

func (a *actor) compare(t *truth, chats []page.Chat, end bool) error {
	fresh, err := a.open(a.who)
	if err != nil {
		return err
	}
	shown := fresh.State()
	if err := a.check(t, chats, shown); err != nil {
		return fmt.Errorf("%w: %s: %w", errFresh, a.who.Username, err)
	}
	at, err := version(a.ctx, a.db, a.id)
	for n, p := range a.pages {
		if end && err == nil {
			err = a.connect(p)
		}
		if err != nil || !end && !p.Connected() {
			continue
		}
		if err = p.AwaitVersion(patience, at); err == nil {
			err = cmp.Or(a.check(t, chats, p.State()), p.CheckOrder())
		}
		if err == nil && !slices.Equal(p.State().Chats, shown.Chats) {
			err = errors.New("the order of the chats: " + diff.Diff(shown.Chats, p.State().Chats))
		}
		if err != nil {
			err = fmt.Errorf("%w: page %d of %s: %w", errOpen, n, a.who.Username, err)
			break
		}
	}
	return err
}

// check compares what a page shows with the database.
func (a *actor) check(t *truth, chats []page.Chat, s page.State) error {
	if err := a.checkRows(t, s); err != nil {
		return err
	}
	if err := a.checkSide(t, s); err != nil {
		return err
	}
	sorted := slices.SortedFunc(slices.Values(s.Chats), byWith)
	slices.SortFunc(chats, byWith)
	if !slices.Equal(chats, sorted) {
		return errors.New("chats (-database +page):\n" + diff.Diff(chats, sorted))
	}
	return nil
}

func (a *actor) checkRows(t *truth, s page.State, but ...diff.Option) error {
	to := s.To
	if s.Tail {
		to = t.seq
	}
	if want := t.rows(a.id, s.From, to, a.names); s.From > 0 && !slices.EqualFunc(want, s.Rows, func(x, y page.Row) bool { return diff.Equal(x, y, but...) }) {
		return errors.New("rows (-database +page):\n" + diff.Diff(want, s.Rows, but...))
	}
	return nil
}

func byWith(a, b page.Chat) int { return strings.Compare(a.With, b.With) }
