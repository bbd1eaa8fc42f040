package jobs_test

import "testing"

func TestSearchKeysAreRefreshedAtStart(t *testing.T) {
	everywhere(t, func(w *fixture) {
		anna := w.signUp("anna")
		w.exec("UPDATE users SET display_name = 'Łucja', search_key = '' WHERE id = ?", anna.ID)
		w.worker()
		w.eventually("her name is found without its bar", func() bool {
			var key string
			err := w.db.Read().NewRaw("SELECT search_key FROM users WHERE id = ?", anna.ID).Scan(w.ctx, &key)
			return err == nil && key == "lucja"
		})
	})
}
