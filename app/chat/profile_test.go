package chat_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"dchat/app/chat"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
)

// rename gives somebody another name.
func (w *world) rename(u *chat.User, name string) *chat.User {
	w.t.Helper()
	changed, err := w.SetProfile(w.ctx, u, name, nil)
	require.NoError(w.t, err)
	return changed
}

// viewers are those whom changes tell something, in order, each once.
func viewers(changes []chat.Change) []int64 {
	var ids []int64
	for _, c := range changes {
		ids = append(ids, c.Viewer.ID)
	}
	slices.Sort(ids)
	return ids
}

func ids(people ...*chat.User) []int64 {
	var list []int64
	for _, u := range people {
		list = append(list, u.ID)
	}
	slices.Sort(list)
	return list
}

func TestWhatADisplayNameMayBe(t *testing.T) {
	everywhere(t, func(w *world) {
		ann := w.person("Anna_K")
		for typed, name := range map[string]string{
			"Aiko":           "Aiko",
			"  Ana \t María": "Ana María",
			"one\nline\r\n":  "one line",
			"":               "Anna_K", " \u00a0\u3000": "Anna_K",
			"🦊": "🦊", "<b>x</b>": "<b>x</b>", `'; --`: `'; --`,
			"👨‍👩‍👧": "👨‍👩‍👧", "🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f": "🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f",
			"می\u200cخواهم": "می\u200cخواهم", "Nguyễn": "Nguyễn", "נָעֳמִּי": "נָעֳמִּי", "ཧཱུྃ": "ཧཱུྃ", "á̂̃̄": "á̂̃̄", "1️⃣": "1️⃣",
			"Deleted": "Deleted", "Account": "Account", "Adele Tedcount": "Adele Tedcount",
			"مريم": "مريم", "א\u200eב": "א\u200eב", // left-to-right marks turn nothing around
			strings.Repeat("é", 50):               strings.Repeat("é", 50),
			"  " + strings.Repeat("𝒳", 50) + "  ": strings.Repeat("𝒳", 50),
		} {
			require.Equal(w.t, name, w.rename(ann, typed).DisplayName, "%q", typed)
			require.Equal(w.t, name, w.row(ann).DisplayName)
		}
		w.rename(ann, "Anna")
		for why, typed := range map[string]string{
			"51 characters": strings.Repeat("é", 51), "NUL": "a\x00b", "broken UTF-8": "a\xffb", "escape": "a\x1b[31mb", "bell": "\a", "delete": "a\x7f",
			"turned around": "abc\u202ecba", "isolated": "a\u2066b", "embedded": "a\u202ab", "nothing to see": "\u200b\u200d\u2060", "soft hyphens": "\u00ad",
			"filler": "\u3164", "Hangul fillers": "\u115f\u1160", "blank braille": "\u2800 \u2800", "half-width filler": "\uffa0", "a mark alone": "\u0301",
			"line separator": "a\u2028b", "paragraph separator": "a\u2029b", "next line": "a\u0085b", "soft hyphen": "An\u00adna", "zero-width space": "An\u200bna",
			"byte order mark": "\ufeffAnna\ufeffB", "no character": "a\uffffb", "heap": "Z" + strings.Repeat("\u0301", 30), "five marks": "a\u0301\u0302\u0303\u0304\u0305\u0306",
			"deleted": "Deleted account", "small": "deleted account", "capital I": "DeIeted account", "Cyrillic": "Dеlеtеd ассоunt", "full width": "Ｄｅｌｅｔｅｄ　ａｃｃｏｕｎｔ",
			"accents": "Délétéd àccoünt", "no space": "Deletedaccount", "joined": "De\u200dleted account", "digits": "De1eted acc0unt", "dots": "De.leted-account", "capitals": "DELETED ACCOUNT",
			"bold": "𝐃𝐞𝐥𝐞𝐭𝐞𝐝 𝐚𝐜𝐜𝐨𝐮𝐧𝐭",
		} {
			_, err := w.SetProfile(w.ctx, ann, typed, nil)
			require.Error(w.t, err, why)
			wrongField(w.t, err, "display_name")
			require.NotContains(w.t, err.Error(), "Please look", why)
		}
		require.Equal(w.t, "Anna", w.row(ann).DisplayName)
		found, err := w.Search(w.ctx, w.person("bobby"), "anna")
		require.NoError(w.t, err)
		require.Len(w.t, found, 1)
		w.rename(ann, "Zoë")
		found, err = w.Search(w.ctx, w.person("cydney"), "zoe")
		require.NoError(w.t, err)
		require.Len(w.t, found, 1, "a search finds the new name")
	})
}

// standings makes somebody for each way in which others can stand to ann.
func (w *world) standings(ann *chat.User) map[string]*chat.User {
	w.t.Helper()
	named := map[string]*chat.User{}
	for _, name := range []string{"contact", "asked", "asker", "removed", "blocked", "blocker", "blocked-asker", "blocked-stranger", "stranger"} {
		named[name] = w.person(name)
	}
	act := func(_ chat.Entry, err error) { require.NoError(w.t, err) }
	for _, name := range []string{"contact", "removed", "blocked", "blocker"} {
		w.contacts(ann, named[name])
		w.say(ann, named[name], "a word")
		w.say(named[name], ann, "an answer")
	}
	act(w.Ask(w.ctx, ann, named["asked"]))
	act(w.Ask(w.ctx, named["asker"], ann))
	act(w.Remove(w.ctx, named["removed"], ann))
	act(w.Block(w.ctx, ann, named["blocked"]))
	act(w.Block(w.ctx, named["blocker"], ann))
	act(w.Block(w.ctx, ann, named["blocked-asker"]))
	act(w.Ask(w.ctx, named["blocked-asker"], ann))
	act(w.Block(w.ctx, ann, named["blocked-stranger"]))
	w.told()
	w.jobs()
	return named
}

func TestWhoSeesANewName(t *testing.T) {
	everywhere(t, func(w *world) {
		ann := w.person("anna")
		other := w.standings(ann)
		before, err := w.Versions(w.ctx, ids(ann, other["contact"], other["asked"]))
		require.NoError(w.t, err)
		ann = w.rename(ann, "Anna Karenina")
		told := w.told()
		require.Equal(w.t, ids(ann, other["contact"], other["asked"]), viewers(told),
			"who was asked sees who asks; who asks must not learn from silence that they are blocked")
		for _, change := range told {
			require.Equal(w.t, before[change.Viewer.ID], change.From)
			require.Equal(w.t, change.From+1, change.To)
			require.Equal(w.t, change.Viewer.ID == ann.ID, change.Self)
			if change.Self {
				require.Empty(w.t, change.Items)
				require.Equal(w.t, "Anna Karenina", change.Viewer.DisplayName)
				continue
			}
			require.Len(w.t, change.Items, 1)
			require.True(w.t, change.Items[0].Profile)
			require.Equal(w.t, "Anna Karenina", change.Items[0].Entry.Other.DisplayName)
			require.Equal(w.t, w.between(change.Viewer, ann).Standing, change.Items[0].Entry.Standing)
		}
		for name, u := range other {
			require.Equal(w.t, "Anna Karenina", w.between(u, w.row(ann)).Other.DisplayName, "%s sees it on the next page", name)
		}
		w.rename(ann, "Anna Karenina")
		require.Empty(w.t, w.told(), "what does not change is not told")

		_, err = w.SetProfile(w.ctx, ann, "Anna Karenina", ptr("picture1"))
		require.NoError(w.t, err)
		require.Equal(w.t, ids(ann, other["contact"], other["asked"]), viewers(w.told()))
		require.Equal(w.t, "picture1", w.between(other["contact"], ann).Other.Picture)
	})
}

func TestAPageThatMissedANewNameCatchesUp(t *testing.T) {
	everywhere(t, func(w *world) {
		ann, bob := w.person("anna"), w.person("bobby")
		w.contacts(ann, bob)
		versions, err := w.Versions(w.ctx, ids(ann, bob))
		require.NoError(w.t, err)
		w.rename(ann, "Anna Karenina")

		missed, err := w.Missed(w.ctx, bob, chat.Seen{Version: versions[bob.ID]}, false)
		require.NoError(w.t, err)
		require.Nil(w.t, missed.Self)
		require.Len(w.t, missed.Entries, 1)
		require.Equal(w.t, "Anna Karenina", missed.Entries[0].Other.DisplayName)
		require.Equal(w.t, versions[bob.ID]+1, missed.Version)

		missed, err = w.Missed(w.ctx, ann, chat.Seen{Version: versions[ann.ID]}, false)
		require.NoError(w.t, err)
		require.Equal(w.t, "Anna Karenina", missed.Self.DisplayName)
		require.Empty(w.t, missed.Entries)
		missed, err = w.Missed(w.ctx, ann, chat.Seen{Version: missed.Version}, false)
		require.NoError(w.t, err)
		require.Nil(w.t, missed.Self)

		for name, seen := range map[string]chat.Seen{"of another epoch": {Version: versions[ann.ID] + 1}, "of another epoch, ahead": {Version: 999}} {
			missed, err = w.Missed(w.ctx, ann, seen, true)
			require.NoError(w.t, err)
			require.NotNil(w.t, missed.Self, name)
		}
	})
}

func TestPicturesOfWhichNobodyHasAPageAnyMore(t *testing.T) {
	everywhere(t, func(w *world) {
		ann, bob := w.person("anna"), w.person("bobby")
		set := func(picture string) {
			w.t.Helper()
			_, err := w.SetProfile(w.ctx, ann, "Anna", &picture)
			require.NoError(w.t, err)
		}
		files := func(picture string) []string {
			return []string{chat.PictureFile(picture, 96), chat.PictureFile(picture, 256), chat.PictureFile(picture, 512)}
		}
		set("first")
		require.Empty(w.t, w.jobs())
		for _, id := range files("first") {
			file, err := w.File(w.ctx, bob, id)
			require.NoError(w.t, err)
			require.Equal(w.t, chat.File{Blob: id, Type: "image/jpeg", Inline: true, Name: "anna.jpg"}, *file)
		}
		w.rename(ann, "Anna K")
		require.Equal(w.t, "first", w.row(ann).Picture, "a new name leaves the picture alone")
		require.Empty(w.t, w.jobs())
		set("second")
		require.Equal(w.t, chat.BlobJob{Blobs: files("first")}, only[chat.BlobJob](w))
		set("second")
		require.Empty(w.t, w.jobs())
		_, err := w.Block(w.ctx, ann, bob)
		require.NoError(w.t, err)
		_, err = w.File(w.ctx, bob, chat.PictureFile("second", 96))
		require.NoError(w.t, err, "a blocked person sees what any stranger sees")
		set("")
		require.Equal(w.t, chat.BlobJob{Blobs: files("second")}, only[chat.BlobJob](w))
		for _, id := range append(files("first"), append(files("second"), "second", "second.97", "second.", ".96", ".", "", "second.96.96", "..", "%.96")...) {
			_, err := w.File(w.ctx, bob, id)
			require.Equal(w.t, chat.NotFound, chat.CodeOf(err), id)
		}
	})
}

// befriend makes everybody a contact of somebody, straight into the tables.
func (w *world) befriend(u *chat.User, others []*chat.User) {
	w.t.Helper()
	if len(others) == 0 {
		return
	}
	at := time.Now().UTC().Truncate(time.Microsecond)
	pairs := make([]*chat.Conversation, len(others))
	for i, o := range others {
		pairs[i] = &chat.Conversation{LowID: min(u.ID, o.ID), HighID: max(u.ID, o.ID), ContactAt: at}
	}
	_, err := w.db.Writer().NewInsert().Model(&pairs).Returning("id").Exec(w.ctx)
	require.NoError(w.t, err)
	var sides []*chat.Membership
	for _, p := range pairs {
		sides = append(sides,
			&chat.Membership{ConversationID: p.ID, UserID: p.LowID, OtherID: p.HighID, Version: 1, ShownAt: at},
			&chat.Membership{ConversationID: p.ID, UserID: p.HighID, OtherID: p.LowID, Version: 1, ShownAt: at})
	}
	_, err = w.db.Writer().NewInsert().Model(&sides).Exec(w.ctx)
	require.NoError(w.t, err)
}

func numbered(name string, n int) []string {
	names := make([]string, n)
	for i := range names {
		names[i] = fmt.Sprintf("%s%03d", name, i)
	}
	return names
}

func TestANewNameReachesHundredsAtOnce(t *testing.T) {
	everywhere(t, func(w *world) {
		const contacts = 300
		ann, others := w.person("anna"), w.people(numbered("contact", contacts)...)
		w.befriend(ann, others)
		pages := w.pages(append(others, ann))
		w.told()
		w.rename(ann, "Anna Karenina")
		told := w.told()
		require.Equal(w.t, ids(append(others, ann)...), viewers(told))
		pages.show(w.t, told)
		pages.compare(w, others[:20]...)

		nodes := w.both() // everybody at once: contacts rename themselves and write meanwhile
		errs := race(40, func(i int) (err error) {
			node, other := nodes[i%2], others[i]
			switch i % 4 {
			case 0, 1:
				_, err = node.SetProfile(w.ctx, ann, fmt.Sprintf("Anna %d", i), nil)
			case 2:
				_, err = node.SetProfile(w.ctx, other, fmt.Sprintf("Other %d", i), nil)
			default:
				_, err = node.Send(w.ctx, other, ann, uuid.New(), "hello")
			}
			return err
		})
		for _, err := range errs {
			require.NoError(w.t, err)
		}
		pages.show(w.t, w.told())
		pages.compare(w, append(others[:50:50], ann)...)
	})
}

// Names, blocks and messages change at the same time, on two nodes. Nothing hangs, and at the end
// every page shows what is true.
func TestEverythingAtOnce(t *testing.T) {
	everywhere(t, func(w *world) {
		nodes := w.both()
		people := w.people(numbered("person", 6)...)
		for i, u := range people {
			w.befriend(u, people[i+1:])
		}
		pages := w.pages(people)
		var wg sync.WaitGroup
		for worker := range 8 {
			random := rand.New(rand.NewPCG(47, uint64(worker)))
			wg.Add(1)
			go func() {
				defer wg.Done()
				for step := range 40 {
					a, b := random.IntN(len(people)), random.IntN(len(people)-1)
					if b >= a {
						b++
					}
					err := w.anything(nodes[worker%2], random.IntN(12), people[a], people[b], fmt.Sprint(worker, " ", step))
					if code := chat.CodeOf(err); err != nil && code != chat.Refused && code != chat.TooFast {
						t.Errorf("worker %d, step %d: %v", worker, step, err)
					}
				}
			}()
		}
		wg.Wait()
		pages.show(w.t, w.told())
		pages.compare(w, people...)
	})
}

// anything is one of the things that a can do to b.
func (w *world) anything(node *chat.Store, what int, a, b *chat.User, word string) (err error) {
	switch what {
	case 0:
		_, err = node.Ask(w.ctx, a, b)
	case 1:
		_, err = node.Accept(w.ctx, a, b)
	case 2:
		_, err = node.Reject(w.ctx, a, b)
	case 3:
		_, err = node.Cancel(w.ctx, a, b)
	case 4:
		_, err = node.Remove(w.ctx, a, b)
	case 5:
		_, err = node.Block(w.ctx, a, b)
	case 6, 7:
		_, err = node.Unblock(w.ctx, a, b)
	case 8:
		_, err = node.MarkRead(w.ctx, a, b, 1_000_000)
	case 9:
		_, err = node.SetProfile(w.ctx, a, a.Username+" "+word, nil)
	case 10:
		_, err = node.OpenSession(w.ctx, a, word)
	default:
		_, err = node.Send(w.ctx, a, b, uuid.New(), word)
	}
	return err
}
