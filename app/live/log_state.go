package live

// logState is what the log says already: each kind of trouble is one line, however many pages it affects.
type logState struct {
	lost, failed int64
	failing      bool // the database cannot be read
}

func (h *Hub) logTroubles(err error) {
	log, state := h.options.Logger, &h.logState
	if lost := h.stats.Lost.Load(); lost > state.lost {
		log.Warn("live: packets were not published, other nodes follow the database", "count", lost-state.lost)
		state.lost = lost
	}
	switch {
	case err != nil && !state.failing:
		log.Warn("live: pages cannot be compared with the database", "error", err)
	case err == nil && state.failing:
		log.Info("live: pages are compared with the database again")
	}
	if state.failing = err != nil; state.failing {
		return
	}
	if failed := h.stats.CatchUps[Failed].Load(); failed > state.failed {
		log.Warn("live: catch-ups failed and will be retried", "count", failed-state.failed)
		state.failed = failed
	}
}
