//go:build unix

package heif

import (
	"syscall"

	"github.com/tetratelabs/wazero/experimental"
)

// allocator takes a decoder's memory from the system and gives it back at once: it would double in the garbage as it
// grows, and stay there.
var allocator = experimental.MemoryAllocatorFunc(func(_, most uint64) experimental.LinearMemory {
	pages, err := syscall.Mmap(-1, 0, int(min(most, Memory)), syscall.PROT_READ|syscall.PROT_WRITE, syscall.MAP_ANON|syscall.MAP_PRIVATE)
	if err != nil {
		return &memory{}
	}
	return &memory{pages}
})

// memory is taken as a whole. The system counts what is used of it.
type memory struct{ pages []byte }

// Reallocate is a LinearMemory's.
func (m *memory) Reallocate(size uint64) []byte {
	if size > uint64(len(m.pages)) {
		return nil
	}
	return m.pages[:size]
}

// Free is a LinearMemory's.
func (m *memory) Free() {
	if m.pages != nil {
		_ = syscall.Munmap(m.pages)
		m.pages = nil
	}
}
