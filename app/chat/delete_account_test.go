package chat_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"dchat/app/account"
	"dchat/app/chat"
	"dchat/app/errs"
	"dchat/app/imagesize"
	"dchat/app/store"
	"dchat/test/domain"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
)

const deleted = "Deleted account"

func TestOthersSeeDeletedAccount(t *testing.T) {
	everywhere(t, func(f *fixture) {
		ann := f.User("anna")
		ann, err := f.SetProfile(f.Ctx, ann, "Anna Karenina", domain.Ptr("portrait"))
		require.NoError(f.T, err)
		other := f.standings(ann)
		require.Equal(f.T, "asking", string(f.Between(other["asked"], ann).Standing), "the premise")
		pages := f.pages(f.all(other))
		require.Equal(f.T, 1, pages[other["asked"].ID].requests, "the premise")

		require.NoError(f.T, f.DeleteAccount(f.Ctx, ann, domain.Password))
		changes := f.Changes()
		require.Equal(f.T, domain.IDs(ann, other["contact"], other["asked"], other["asker"], other["removed"], other["blocked"], other["blocker"], other["blocked-asker"]),
			domain.Viewers(changes), "everybody with a relation to them, blocked or not: silence would reveal a block")
		for _, change := range changes {
			for _, item := range change.Items {
				require.True(f.T, item.NewProfile)
				require.True(f.T, item.NewStanding)
				require.Equal(f.T, deleted, item.Entry.Other.DisplayName)
			}
		}
		delete(pages, ann.ID)
		for _, change := range changes {
			if change.Viewer.ID != ann.ID {
				pages.show(f.T, []chat.Change{change})
			}
		}
		pages.compare(f, f.all(other)...)
		for name, u := range other {
			e, known := f.Between(u, ann), name != "stranger" && name != "blocked-stranger"
			require.Equal(f.T, 0, pages[u.ID].requests, name)
			require.Equal(f.T, known, e.Standing == chat.Deleted, name)
			if known {
				require.Equal(f.T, deleted, e.Other.DisplayName)
				require.Empty(f.T, e.Other.Picture)
			}
			_, err := f.Person(f.Ctx, u, "anna")
			require.Equal(f.T, known, err == nil, name)
			require.Equal(f.T, e.Seq > 0, e.Listed(), "%s: what was written stays", name)
			if e.Seq > 0 {
				require.Equal(f.T, []string{"a word", "an answer"}, f.Bodies(u, ann), name)
			}
			for _, query := range []string{"anna", "karenina", "deleted"} {
				found, err := f.Search(f.Ctx, u, query)
				require.NoError(f.T, err)
				require.Empty(f.T, found)
			}
			_, err = f.Send(f.Ctx, u, ann, uuid.New(), "still there?")
			require.Equal(f.T, errs.Refused, errs.CodeOf(err), name)
			for _, do := range []func(context.Context, *account.User, *account.User) (chat.Entry, error){f.SendRequest, f.Accept, f.Reject} {
				_, err = do(f.Ctx, u, ann)
				require.Equal(f.T, errs.Refused, errs.CodeOf(err), name)
			}
			_, err = f.Unblock(f.Ctx, u, ann)
			require.NoError(f.T, err)
			require.NotEqual(f.T, chat.InContact, f.Between(u, ann).Standing, "an unblock brings nobody back")
			blocked, err := f.BlockedPeople(f.Ctx, u)
			require.NoError(f.T, err)
			require.Empty(f.T, blocked)
			_, err = f.File(f.Ctx, u, imagesize.File("portrait", 96))
			require.Equal(f.T, errs.NotFound, errs.CodeOf(err))
		}
		require.Zero(f.T, f.Count("SELECT count(*) FROM memberships WHERE asked_at IS NOT NULL"))
	})
}

func (f *fixture) all(named map[string]*account.User) (people []*account.User) {
	for _, u := range named {
		people = append(people, u)
	}
	return people
}

func TestDeletedAccountLeavesNothing(t *testing.T) {
	everywhere(t, func(f *fixture) {
		ann := f.User("Anna")
		ann, err := f.SetProfile(f.Ctx, ann, "Anna Karenina", domain.Ptr("portrait"))
		require.NoError(f.T, err)
		session := f.NewSession(ann)
		require.NoError(f.T, f.SetZone(f.Ctx, ann, "Asia/Tokyo"))
		require.NoError(f.T, f.SetSeen(f.Ctx, map[int64]time.Time{ann.ID: time.Now()}))
		require.NoError(f.T, f.RequestExport(f.Ctx, ann))
		export := only[account.ExportJob](f)
		require.NoError(f.T, f.WriteExport(f.Ctx, export.ExportID, func(context.Context, *chat.ExportData) (string, int64, error) { return "copy", 1, nil }))
		require.NoError(f.T, f.ChangeEmail(f.Ctx, ann, "anna@new.example", domain.Password))
		late := f.Emails()
		reset := f.ResetToken("anna@example.org")
		f.Changes()

		domain.WrongField(f.T, f.DeleteAccount(f.Ctx, ann, "wrong"), "current_password")
		domain.WrongField(f.T, f.DeleteAccount(f.Ctx, ann, ""), "current_password")
		require.Empty(f.T, f.Changes())
		require.Empty(f.T, f.Jobs())
		require.NoError(f.T, f.DeleteAccount(f.Ctx, ann, domain.Password))

		var email account.EmailJob
		var blobs []string
		for _, job := range f.Jobs() {
			switch job := job.(type) {
			case account.EmailJob:
				email = job
			case store.BlobJob:
				blobs = append(blobs, job.Blobs...)
			}
		}
		require.Equal(f.T, []string{account.EmailDeleted, "Anna@example.org"}, []string{email.Name, email.To})
		require.ElementsMatch(f.T, []string{"copy", "portrait.96", "portrait.256", "portrait.512"}, blobs)
		require.Equal(f.T, &account.Email{Name: account.EmailDeleted, To: "Anna@example.org", User: &account.User{ID: ann.ID, Username: "Anna", DisplayName: "Anna"}}, f.EmailOf(email))
		for name, job := range late {
			require.Nil(f.T, f.EmailOf(job), "a late email: %s", name)
		}
		require.Nil(f.T, f.EmailOf(account.EmailJob{Name: account.EmailReset, To: "anna@example.org"}))

		row := f.Row(ann)
		require.Equal(f.T, &account.User{
			ID: ann.ID, Username: "Anna", UsernameKey: "anna", DisplayName: deleted, SelfVersion: row.SelfVersion,
			CreatedAt: row.CreatedAt, VerifiedAt: row.VerifiedAt, DeletedAt: row.DeletedAt,
		}, row)
		require.NotZero(f.T, row.DeletedAt)
		require.Zero(f.T, f.Count("SELECT count(*) FROM users WHERE last_seen_at IS NOT NULL"))
		require.Empty(f.T, f.Alive(session))
		require.Zero(f.T, f.Count("SELECT count(*) FROM exports"))
		_, err = f.File(f.Ctx, ann, export.ExportID)
		require.Equal(f.T, errs.NotFound, errs.CodeOf(err))
		_, err = f.ResetPassword(f.Ctx, reset, domain.NewPassword)
		require.Equal(f.T, errs.NotFound, errs.CodeOf(err))
		for _, login := range []string{"anna", "Anna@example.org", "anna@new.example", ""} {
			for _, p := range []string{domain.Password, "", "\x00", domain.PasswordHash(), deleted} {
				_, err := f.SignIn(f.Ctx, login, p)
				require.Equal(f.T, errs.Invalid, errs.CodeOf(err), "%q %q", login, p)
			}
		}
		_, err = f.SignUp(f.Ctx, account.Signup{Email: "someone@example.org", Username: "aNNa", Password: domain.Password})
		domain.WrongField(f.T, err, "username")
		require.NotZero(f.T, f.NewSignup("anna-again", "anna@example.org").ID, "the address is free")
	})
}

// Once a deletion is answered nothing more is written to or by the deleted account, and no request waits for it.
func TestAccountDeletionRacesChanges(t *testing.T) {
	everywhere(t, func(f *fixture) {
		nodes := f.Both()
		ann, contacts, strangers := f.User("anna"), f.Users(domain.Numbered("contact", 8)...), f.Users(domain.Numbered("stranger", 24)...)
		f.befriend(ann, contacts)
		pages := f.pages(append(append([]*account.User{ann}, contacts...), strangers...))
		answered := make(chan map[int64]int64, 1)
		outcomes := domain.Race(105, func(i int) (err error) {
			node, contact, stranger := nodes[i%2], contacts[i%len(contacts)], strangers[i%len(strangers)]
			switch {
			case i == 52:
				err = node.DeleteAccount(f.Ctx, ann, domain.Password)
				seqs := map[int64]int64{}
				for _, u := range contacts {
					seqs[u.ID] = f.Between(u, ann).Seq
				}
				answered <- seqs
				return err
			case i%7 == 0:
				_, err = node.SendRequest(f.Ctx, ann, stranger)
			case i%7 == 1:
				_, err = node.SendRequest(f.Ctx, stranger, ann)
			case i%7 == 2:
				_, err = node.SetProfile(f.Ctx, contact, fmt.Sprintf("Contact %d", i), nil)
			case i%2 == 0:
				_, err = node.Send(f.Ctx, ann, contact, uuid.New(), "x")
			default:
				_, err = node.Send(f.Ctx, contact, ann, uuid.New(), "x")
			}
			if code := errs.CodeOf(err); code == errs.Refused || code == errs.NotFound {
				return nil
			}
			return err
		})
		for _, err := range outcomes {
			require.NoError(f.T, err)
		}
		seqs := <-answered
		for _, u := range contacts {
			require.Equal(f.T, seqs[u.ID], f.Between(u, ann).Seq)
			require.Equal(f.T, chat.Deleted, f.Between(u, ann).Standing)
		}
		require.Zero(f.T, f.Count("SELECT count(*) FROM memberships WHERE asked_at IS NOT NULL"))
		require.Zero(f.T, f.Count("SELECT count(*) FROM conversations WHERE contact_at IS NOT NULL"))
		pages.show(f.T, f.Changes())
		pages.compare(f, append(contacts, strangers...)...)

		for i := range 4 { // a page of theirs that is still open somewhere
			_, err := nodes[i%2].SendRequest(f.Ctx, ann, strangers[i])
			require.Equal(f.T, errs.Refused, errs.CodeOf(err))
			_, err = nodes[i%2].Accept(f.Ctx, ann, strangers[i])
			require.Error(f.T, err)
		}
		pages.show(f.T, f.Changes())
		pages.compare(f, strangers...)
	})
}
