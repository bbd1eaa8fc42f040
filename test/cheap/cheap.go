// Package cheap makes hashes of passwords cheap in the test binary that imports it: what they cost on purpose would be most
// of what the tests cost, and the race detector doubles it. Only tests import it.
package cheap

import (
	_ "dchat/app/account/password"
	_ "unsafe" // for go:linkname

	"github.com/alexedwards/argon2id"
)

// The server has no setting for this: only a test can reach the variable.
//
//go:linkname hashParams dchat/app/account/password.hashParams
var hashParams *argon2id.Params

func init() { hashParams.Memory, hashParams.Iterations = 64, 1 }
