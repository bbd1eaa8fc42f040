// Package rehearsal tests conversations during updates and crashes of nodes, and outages of the servers behind them.
// Every page connects through a real nginx, and may see no more than a pause.
package rehearsal

import (
	"testing"

	"dchat/test/services"
)

func TestMain(m *testing.M) { services.Main(m) }
