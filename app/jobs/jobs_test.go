package jobs_test

import (
	"errors"
	"fmt"
	"regexp"
	"testing"
	"time"

	"dchat/test/migrated"

	gosmtp "github.com/emersion/go-smtp"
	"github.com/stretchr/testify/require"
)

var verifyLink = regexp.MustCompile(home + `/verify/(\S+)`)

func TestEmailIsSentAfterCommit(t *testing.T) {
	everyWay(t, func(w *fixture) {
		w.worker()
		anna := w.signUp("anna")
		got := w.sink.await(anna.Email)
		require.Equal(t, "Confirm your e-mail address", got.subject)
		link := verifyLink.FindStringSubmatch(got.text)
		require.NotNil(t, link, got.text)
		require.Contains(t, got.html, link[0])
		verified, err := w.Verify(w.ctx, link[1])
		require.NoError(t, err)
		require.False(t, verified.VerifiedAt.IsZero())
		require.Zero(t, w.log.count("level=WARN")+w.log.count("level=ERROR"), w.log)
		require.NotContains(t, w.log.String(), link[1], "the log holds no token")
	})
}

func TestRolledBackJobIsNotRun(t *testing.T) {
	everyWay(t, func(w *fixture) {
		w.worker()
		changedMind := errors.New("no")
		require.ErrorIs(t, w.put(changedMind, marker("never")), changedMind)
		w.enqueue(marker("after"))
		w.sink.await("after@example.org")
		require.Empty(t, w.sink.to("never@example.org"))
		require.NoError(t, w.put(nil), "nothing to do is fine")
	})
}

func TestEmailSurvivesMailServerOutage(t *testing.T) {
	everyWay(t, func(w *fixture) {
		w.sink.down()
		worker := w.worker()
		w.signUp("anna")
		w.eventually("it is tried, and tried again", func() bool { return w.log.count("a job failed and will be tried again") >= 3 })
		require.Regexp(t, `kind=letter attempt=1 error=".*verify.*refused"`, w.log.String())
		w.sink.up()
		got := w.sink.await("anna@example.org")

		w.stop(worker)
		w.worker()
		w.enqueue(marker("later"))
		w.sink.await("later@example.org")
		require.Equal(t, 1, len(w.sink.to("anna@example.org")), "once")
		require.NotContains(t, w.log.String(), verifyLink.FindStringSubmatch(got.text)[1])
	})
}

func TestWaitingEmailIsQueuedOnce(t *testing.T) {
	everywhere(t, func(w *fixture) {
		for range 5 {
			w.enqueue(marker("once"), marker("once"))
		}
		w.worker()
		w.sink.await("once@example.org")
		w.eventually("it is done", func() bool { return w.states("letter")["completed"] == 1 })
		require.Len(t, w.states("letter"), 1)
		w.enqueue(marker("once"))
		w.eventually("what is done does not stand in the way", func() bool { return len(w.sink.to("once@example.org")) == 2 })
	})
}

func TestRefusedEmailIsCancelled(t *testing.T) {
	everywhere(t, func(w *fixture) {
		w.sink.refuse["nobody@example.org"] = &gosmtp.SMTPError{Code: 550, EnhancedCode: gosmtp.EnhancedCode{5, 1, 1}, Message: "<nobody@example.org> nobody lives here"}
		w.sink.refuse["full@example.org"] = &gosmtp.SMTPError{Code: 452, EnhancedCode: gosmtp.EnhancedCode{4, 2, 2}, Message: "mailbox full"}
		w.worker()
		w.enqueue(marker("nobody"), marker("full"))
		w.eventually("the one is given up, the other tried again", func() bool {
			return w.states("letter")["cancelled"] == 1 && w.log.count("mailbox full") >= 3
		})
		require.Equal(t, 1, w.log.count(`level=WARN msg="an email cannot be delivered"`))
		require.Regexp(t, `cannot be delivered.*user=\d+.*nobody lives here`, w.log.String())
		require.NotContains(t, w.log.String(), "@", "a log names no address")
	})
}

func TestQuotedEmailLeaksNoToken(t *testing.T) {
	everywhere(t, func(w *fixture) {
		w.sink.spam = true
		w.worker()
		anna := w.signUp("anna")
		w.eventually("a try fails", func() bool { return w.log.count("will be tried again") >= 2 })
		require.Contains(t, w.log.String(), "looks like spam: Welcome, anna!")
		require.NotContains(t, w.log.String(), home)
		require.NotContains(t, w.log.String(), "/verify/")
		var errors string
		require.NoError(t, w.db.Read().NewRaw("SELECT CAST(errors AS text) FROM river_job WHERE kind = 'letter'").Scan(w.ctx, &errors))
		require.Contains(t, errors, "looks like spam")
		require.NotContains(t, errors, "/verify/")
		w.sink.mu.Lock()
		w.sink.spam = false
		w.sink.mu.Unlock()
		w.sink.await(anna.Email)
	})
}

func TestTwoWorkersSendOnce(t *testing.T) {
	w := newFixture(t, migrated.Postgres(t))
	w.worker()
	w.worker()
	const emails = 60
	for i := range emails {
		w.enqueue(marker(fmt.Sprint("person", i)))
	}
	w.eventually("all are done", func() bool { return w.states("letter")["completed"] == emails })
	require.Equal(t, emails, len(w.sink.to("")))
	for i := range emails {
		w.sink.await(fmt.Sprint("person", i, "@example.org"))
	}
	var workers int
	require.NoError(t, w.db.Read().NewRaw("SELECT count(DISTINCT attempted_by) FROM river_job WHERE kind = 'letter'").Scan(w.ctx, &workers))
	require.Equal(t, 2, workers, "premise: both had work")
}

func TestStopWaitsForEmail(t *testing.T) {
	everyWay(t, func(w *fixture) {
		worker := w.worker()
		waiting, release := w.sink.hold()
		w.enqueue(marker("slow"))
		<-waiting
		stopped := make(chan struct{})
		go func() { w.stop(worker); close(stopped) }()
		w.enqueue(marker("next"))
		select {
		case <-stopped:
			t.Fatal("it did not wait")
		default:
		}
		release()
		<-stopped
		w.sink.await("slow@example.org")
		require.Zero(t, w.states("letter")["running"])

		w.worker()
		w.sink.await("next@example.org")
		require.Equal(t, 1, len(w.sink.to("slow@example.org")))
	})
}

func TestEmailOfDeadWorkerIsSentAtNextStart(t *testing.T) {
	everyWay(t, func(w *fixture) {
		w.enqueue(marker("lost"), marker("deadly"))
		dead := `'["dead"]'`
		if w.db.Postgres() {
			dead = "ARRAY['someone', 'dead']"
		}
		w.exec("UPDATE river_job SET state = 'running', attempt = 1, attempted_at = ?, attempted_by = "+dead, time.Now().UTC().Format("2006-01-02 15:04:05.000"))
		w.exec("UPDATE river_job SET attempt = 4 WHERE id = 2")
		w.worker()
		w.sink.await("lost@example.org")
		require.Empty(t, w.sink.to("deadly@example.org"), "what kills its worker again and again waits")
	})
}

func TestEmailOfLiveWorkerIsNotTaken(t *testing.T) {
	w := newFixture(t, migrated.Postgres(t))
	w.worker()
	waiting, release := w.sink.hold()
	w.enqueue(marker("mine"))
	<-waiting
	w.worker()
	w.enqueue(marker("yours"))
	w.sink.await("yours@example.org")
	release()
	w.sink.await("mine@example.org")
	w.eventually("both are done", func() bool { return w.states("letter")["completed"] == 2 })
	require.Equal(t, 2, len(w.sink.to("")))
}

func TestRetryKeepsMessageID(t *testing.T) {
	everywhere(t, func(w *fixture) {
		w.enqueue(marker("twice"))
		first := w.worker()
		one := w.sink.await("twice@example.org")
		w.stop(first)
		w.exec("UPDATE river_job SET state = 'available', finalized_at = NULL WHERE kind = 'letter'")
		w.worker()
		w.eventually("again", func() bool { return len(w.sink.to("twice@example.org")) == 2 })
		require.Equal(t, one.id, w.sink.to("twice@example.org")[1].id)
	})
}

func TestExpiredSessionsAreSwept(t *testing.T) {
	everywhere(t, func(w *fixture) {
		anna := w.signUp("anna")
		_, err := w.OpenSession(w.ctx, anna, "a browser")
		require.NoError(t, err)
		w.exec("UPDATE sessions SET expires_at = ?", time.Now().UTC().Add(-time.Minute))
		w.worker()
		w.eventually("the session is gone", func() bool {
			var n int
			require.NoError(t, w.db.Read().NewRaw("SELECT count(*) FROM sessions").Scan(w.ctx, &n))
			return n == 0
		})
	})
}
