// Package rehearsal plays what a conversation has to survive: nodes that are updated or killed, and servers behind
// them that go away for a while. Every page goes through a real nginx, and may notice no more than a pause.
package rehearsal

import (
	"testing"

	"dchat/test/services"
)

func TestMain(m *testing.M) { services.Main(m) }
