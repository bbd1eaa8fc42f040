package chat_test

import (
	"context"
	"fmt"
	"testing"

	"dchat/app/chat"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
)

const deleted = "Deleted account"

func TestWhatOthersSeeOfWhoIsGone(t *testing.T) {
	everywhere(t, func(w *world) {
		ann := w.person("anna")
		ann, err := w.SetProfile(w.ctx, ann, "Anna Karenina", ptr("portrait"))
		require.NoError(w.t, err)
		other := w.standings(ann)
		require.Equal(w.t, "asking", string(w.between(other["asked"], ann).Standing), "the premise")
		pages := w.pages(w.all(other))
		require.Equal(w.t, 1, pages[other["asked"].ID].requests, "the premise")

		require.NoError(w.t, w.DeleteAccount(w.ctx, ann, password))
		told := w.told()
		require.Equal(w.t, ids(ann, other["contact"], other["asked"], other["asker"], other["removed"], other["blocked"], other["blocker"], other["blocked-asker"]),
			viewers(told), "whoever had to do with them, blocked or not: silence would tell who was")
		for _, change := range told {
			for _, item := range change.Items {
				require.True(w.t, item.Profile)
				require.True(w.t, item.Standing)
				require.Equal(w.t, deleted, item.Entry.Other.DisplayName)
			}
		}
		delete(pages, ann.ID)
		for _, change := range told {
			if change.Viewer.ID != ann.ID {
				pages.show(w.t, []chat.Change{change})
			}
		}
		pages.compare(w, w.all(other)...)
		for name, u := range other {
			e, known := w.between(u, ann), name != "stranger" && name != "blocked-stranger"
			require.Equal(w.t, 0, pages[u.ID].requests, name)
			require.Equal(w.t, known, e.Standing == chat.Gone, name)
			if known {
				require.Equal(w.t, deleted, e.Other.DisplayName)
				require.Empty(w.t, e.Other.Picture)
			}
			_, err := w.Person(w.ctx, u, "anna")
			require.Equal(w.t, known, err == nil, name)
			require.Equal(w.t, e.Seq > 0, e.Listed(), "%s: what was written stays", name)
			if e.Seq > 0 {
				require.Equal(w.t, []string{"a word", "an answer"}, w.bodies(u, ann), name)
			}
			for _, query := range []string{"anna", "karenina", "deleted"} {
				found, err := w.Search(w.ctx, u, query)
				require.NoError(w.t, err)
				require.Empty(w.t, found)
			}
			_, err = w.Send(w.ctx, u, ann, uuid.New(), "still there?")
			require.Equal(w.t, chat.Refused, chat.CodeOf(err), name)
			for _, do := range []func(context.Context, *chat.User, *chat.User) (chat.Entry, error){w.Ask, w.Accept, w.Reject} {
				_, err = do(w.ctx, u, ann)
				require.Equal(w.t, chat.Refused, chat.CodeOf(err), name)
			}
			_, err = w.Unblock(w.ctx, u, ann)
			require.NoError(w.t, err)
			require.NotEqual(w.t, chat.InContact, w.between(u, ann).Standing, "an unblock brings nobody back")
			blocked, err := w.BlockedPeople(w.ctx, u)
			require.NoError(w.t, err)
			require.Empty(w.t, blocked)
			_, err = w.File(w.ctx, u, chat.PictureFile("portrait", 96))
			require.Equal(w.t, chat.NotFound, chat.CodeOf(err))
		}
		require.Zero(w.t, w.count("SELECT count(*) FROM memberships WHERE asked_at IS NOT NULL"))
	})
}

func (w *world) all(named map[string]*chat.User) (people []*chat.User) {
	for _, u := range named {
		people = append(people, u)
	}
	return people
}

func TestNothingIsLeftOfWhoIsGone(t *testing.T) {
	everywhere(t, func(w *world) {
		ann := w.person("Anna")
		ann, err := w.SetProfile(w.ctx, ann, "Anna Karenina", ptr("portrait"))
		require.NoError(w.t, err)
		session := w.signIn(ann)
		require.NoError(w.t, w.SetZone(w.ctx, ann, "Asia/Tokyo"))
		require.NoError(w.t, w.AskExport(w.ctx, ann))
		export := only[chat.ExportJob](w)
		require.NoError(w.t, w.WriteExport(w.ctx, export.ExportID, func(context.Context, *chat.ExportData) (string, int64, error) { return "copy", 1, nil }))
		require.NoError(w.t, w.ChangeEmail(w.ctx, ann, "anna@new.example", password))
		late := w.letters()
		reset := w.resetLink("anna@example.org")
		w.told()

		wrongField(w.t, w.DeleteAccount(w.ctx, ann, "wrong"), "current_password")
		wrongField(w.t, w.DeleteAccount(w.ctx, ann, ""), "current_password")
		require.Empty(w.t, w.told())
		require.Empty(w.t, w.jobs())
		require.NoError(w.t, w.DeleteAccount(w.ctx, ann, password))

		var letter chat.LetterJob
		var blobs []string
		for _, job := range w.jobs() {
			switch job := job.(type) {
			case chat.LetterJob:
				letter = job
			case chat.BlobJob:
				blobs = append(blobs, job.Blobs...)
			}
		}
		require.Equal(w.t, []string{chat.LetterDeleted, "Anna@example.org"}, []string{letter.Letter, letter.To})
		require.ElementsMatch(w.t, []string{"copy", "portrait.96", "portrait.256", "portrait.512"}, blobs)
		require.Equal(w.t, &chat.Letter{Name: chat.LetterDeleted, To: "Anna@example.org", User: &chat.User{ID: ann.ID, Username: "Anna", DisplayName: "Anna"}}, w.write(letter))
		for name, job := range late {
			require.Nil(w.t, w.write(job), "a letter that is late: %s", name)
		}
		require.Nil(w.t, w.write(chat.LetterJob{Letter: chat.LetterReset, To: "anna@example.org"}))

		row := w.row(ann)
		require.Equal(w.t, &chat.User{
			ID: ann.ID, Username: "Anna", UsernameKey: "anna", DisplayName: deleted, SelfVersion: row.SelfVersion,
			CreatedAt: row.CreatedAt, VerifiedAt: row.VerifiedAt, DeletedAt: row.DeletedAt,
		}, row)
		require.NotZero(w.t, row.DeletedAt)
		require.Empty(w.t, w.alive(session))
		require.Zero(w.t, w.count("SELECT count(*) FROM exports"))
		_, err = w.File(w.ctx, ann, export.ExportID)
		require.Equal(w.t, chat.NotFound, chat.CodeOf(err))
		_, err = w.ResetPassword(w.ctx, reset, another)
		require.Equal(w.t, chat.NotFound, chat.CodeOf(err))
		for _, login := range []string{"anna", "Anna@example.org", "anna@new.example", ""} {
			for _, p := range []string{password, "", "\x00", cheapHash(), deleted} {
				_, err := w.SignIn(w.ctx, login, p)
				require.Equal(w.t, chat.Invalid, chat.CodeOf(err), "%q %q", login, p)
			}
		}
		_, err = w.SignUp(w.ctx, chat.Signup{Email: "someone@example.org", Username: "aNNa", Password: password})
		wrongField(w.t, err, "username")
		require.NotZero(w.t, w.newcomer("anna-again", "anna@example.org").ID, "the address is free")
	})
}

// Once a deletion is answered nothing more is written to or by whoever is gone, and nobody waits for them.
func TestADeletionRacesEverything(t *testing.T) {
	everywhere(t, func(w *world) {
		nodes := w.both()
		ann, contacts, strangers := w.person("anna"), w.people(numbered("contact", 8)...), w.people(numbered("stranger", 24)...)
		w.befriend(ann, contacts)
		pages := w.pages(append(append([]*chat.User{ann}, contacts...), strangers...))
		answered := make(chan map[int64]int64, 1)
		errs := race(105, func(i int) (err error) {
			node, contact, stranger := nodes[i%2], contacts[i%len(contacts)], strangers[i%len(strangers)]
			switch {
			case i == 52:
				err = node.DeleteAccount(w.ctx, ann, password)
				seqs := map[int64]int64{}
				for _, u := range contacts {
					seqs[u.ID] = w.between(u, ann).Seq
				}
				answered <- seqs
				return err
			case i%7 == 0:
				_, err = node.Ask(w.ctx, ann, stranger)
			case i%7 == 1:
				_, err = node.Ask(w.ctx, stranger, ann)
			case i%7 == 2:
				_, err = node.SetProfile(w.ctx, contact, fmt.Sprintf("Contact %d", i), nil)
			case i%2 == 0:
				_, err = node.Send(w.ctx, ann, contact, uuid.New(), "x")
			default:
				_, err = node.Send(w.ctx, contact, ann, uuid.New(), "x")
			}
			if code := chat.CodeOf(err); code == chat.Refused || code == chat.NotFound {
				return nil
			}
			return err
		})
		for _, err := range errs {
			require.NoError(w.t, err)
		}
		seqs := <-answered
		for _, u := range contacts {
			require.Equal(w.t, seqs[u.ID], w.between(u, ann).Seq)
			require.Equal(w.t, chat.Gone, w.between(u, ann).Standing)
		}
		require.Zero(w.t, w.count("SELECT count(*) FROM memberships WHERE asked_at IS NOT NULL"))
		require.Zero(w.t, w.count("SELECT count(*) FROM conversations WHERE contact_at IS NOT NULL"))
		pages.show(w.t, w.told())
		pages.compare(w, append(contacts, strangers...)...)

		for i := range 4 { // a page of theirs that is still open somewhere
			_, err := nodes[i%2].Ask(w.ctx, ann, strangers[i])
			require.Equal(w.t, chat.Refused, chat.CodeOf(err))
			_, err = nodes[i%2].Accept(w.ctx, ann, strangers[i])
			require.Error(w.t, err)
		}
		pages.show(w.t, w.told())
		pages.compare(w, strangers...)
	})
}
