package limit

import (
	"sync"
	"time"
)

type id struct{ rule, key string }

// shard keeps, for each key, when it will be as if it had never done anything (GCRA's theoretical
// arrival time). That moment past, the key need not be kept.
type shard struct {
	mu    sync.Mutex
	keys  map[id]time.Duration // since the limiter began
	fresh int                  // keys added since idle ones were last looked for
}

func (s *shard) allow(rule Rule, key id, now time.Duration) (retryAfter time.Duration, ok bool) {
	interval := max(rule.Per/time.Duration(rule.Burst), 1)
	s.mu.Lock()
	defer s.mu.Unlock()
	before, known := s.keys[key]
	free := max(before, now) + interval
	if wait := free - interval*time.Duration(rule.Burst) - now; wait > 0 {
		return wait, false
	}
	if !known {
		s.makeRoom(now)
	}
	s.keys[key] = free
	return 0, true
}

// makeRoom is called before a key is added. It looks through all keys only after about as many were added.
func (s *shard) makeRoom(now time.Duration) {
	if s.fresh++; s.fresh > max(64, len(s.keys)/2) {
		s.fresh = 0
		for key, free := range s.keys {
			if free <= now {
				delete(s.keys, key)
			}
		}
	}
	if len(s.keys) >= maxKeys/shards {
		s.evict()
	}
}

// evict forgets, among a few keys, the one that comes free first: when a flood of keys fills the
// memory, those who did little get a little more, and new keys are not locked out.
func (s *shard) evict() {
	const few = 8
	var first id
	seen := 0
	for key, free := range s.keys {
		if seen == 0 || free < s.keys[first] {
			first = key
		}
		if seen++; seen == few {
			break
		}
	}
	delete(s.keys, first)
}
