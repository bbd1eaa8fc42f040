package metrics

import (
	"testing"
	"time"
)

// What a frame and a message cost to be counted.
func BenchmarkDelivered(b *testing.B) {
	m := New("test")
	b.ReportAllocs()
	for b.Loop() {
		m.Delivered(3*time.Millisecond, false)
	}
}

func BenchmarkRequest(b *testing.B) {
	m := New("test")
	b.ReportAllocs()
	for b.Loop() {
		m.Request("POST", "/chats/:username/messages", 200, 3*time.Millisecond)
	}
}
