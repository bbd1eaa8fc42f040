//go:build !unix

package heif

import "github.com/tetratelabs/wazero/experimental"

// allocator leaves a decoder's memory to Go.
var allocator experimental.MemoryAllocator
