package jobs_test

import "testing"

// Messages of a node of the release before have no words.
func TestTokensAreFilledAtStart(t *testing.T) {
	everywhere(t, func(w *fixture) {
		anna, bert := w.signUp("anna"), w.signUp("bert")
		w.exec("INSERT INTO conversations (low_id, high_id, seq, rev, contact_at) VALUES (?, ?, 1, 1, ?)", anna.ID, bert.ID, anna.CreatedAt)
		w.exec("INSERT INTO messages (conversation_id, seq, rev, sender_id, key, digest, body, created_at) SELECT id, 1, 1, ?, '6f1e2b7c-0000-4000-8000-000000000001', '', 'Grüße', ? FROM conversations",
			anna.ID, anna.CreatedAt)
		w.worker()
		w.eventually("the message has its words", func() bool {
			var tokens string
			err := w.db.Read().NewRaw("SELECT tokens FROM message_tokens").Scan(w.ctx, &tokens)
			return err == nil && tokens == "grusse"
		})
	})
}
