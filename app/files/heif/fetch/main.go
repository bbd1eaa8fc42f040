// Command fetch fetches the decoders, and the licences under which they are, into the folder in which it is run.
package main

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
)

// module is a module of Go in which a decoder is, with the sum of all its files. Its Makefile says how the decoder was made.
type module struct {
	path, sum string
	files     map[string]string // theirs, ours
}

var modules = []module{
	{"github.com/gen2brain/heic@v0.4.5", "h1:Cq3hPu6wwlTJNv2t48ro3oWje54h82Q5pALeCBNgaSk=", map[string]string{
		"lib/heif.wasm.gz": "heic.wasm.gz", "lib/LICENSE.libheif": "LICENSE-libheif", "lib/LICENSE.libde265": "LICENSE-libde265",
		"LICENSE": "LICENSE-heic",
	}},
	{"github.com/gen2brain/avif@v0.4.4", "h1:Ga/ss7qcWWQm2bxFpnjYjhJsNfZrWs5RsyklgFjKRSE=", map[string]string{
		"lib/decode.wasm.gz": "avif.wasm.gz", "lib/LICENSE.libavif": "LICENSE-libavif", "lib/LICENSE.aom": "LICENSE-aom",
		"LICENSE": "LICENSE-avif",
	}},
}

func main() {
	for _, m := range modules {
		if err := m.take(); err != nil {
			fmt.Fprintln(os.Stderr, "fetch:", err)
			os.Exit(1)
		}
	}
}

func (m module) take() error {
	out, err := exec.Command("go", "mod", "download", "-json", m.path).Output()
	if err != nil {
		return fmt.Errorf("%s: %w", m.path, err)
	}
	var got struct{ Dir, Sum string }
	if err := json.Unmarshal(out, &got); err != nil {
		return err
	}
	if got.Sum != m.sum {
		return fmt.Errorf("%s has the sum %s", m.path, got.Sum)
	}
	for theirs, ours := range m.files {
		content, err := os.ReadFile(filepath.Join(got.Dir, theirs))
		if err == nil {
			err = os.WriteFile(ours, content, 0o644)
		}
		if err != nil {
			return err
		}
	}
	return nil
}
