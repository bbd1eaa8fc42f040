package bench

import (
	"context"
	"strings"
	"sync"
	"time"
)

// An acknowledger says what has come to each page, at most once a second, as the script of a page does.
type acknowledger struct {
	mu   sync.Mutex
	came map[int]string // the cursor of each page that has something to say
}

func (a *acknowledger) heard(i int, frame []byte) {
	cursor := cursorIn(frame)
	if cursor == "" {
		return
	}
	parts := strings.SplitN(cursor, ".", 3)
	if len(parts) < 2 {
		return
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.came[i] = "ack." + parts[0] + "." + parts[1]
}

func (a *acknowledger) run(ctx context.Context, f *fleet) {
	for pause(ctx, time.Second) {
		a.mu.Lock()
		came := a.came
		a.came = map[int]string{}
		a.mu.Unlock()
		for i, text := range came {
			f.say(i, text)
		}
	}
}
