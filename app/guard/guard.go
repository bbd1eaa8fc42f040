// Package guard keeps a panic in a background goroutine from ending the process.
package guard

import (
	"fmt"
	"log/slog"
	"runtime/debug"
	"time"
)

// pause keeps work that always panics from filling the log.
const pause = time.Second

// Once runs f. If f panics, the log has the stack, and the error says so.
func Once(log *slog.Logger, name string, f func()) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v", p)
			log.Error(name+" panicked", "panic", fmt.Sprint(p), "stack", string(debug.Stack()))
		}
	}()
	f()
	return nil
}

// Loop runs f until it returns, and again after a panic.
func Loop(log *slog.Logger, name string, f func()) {
	for Once(log, name, f) != nil {
		time.Sleep(pause)
	}
}
