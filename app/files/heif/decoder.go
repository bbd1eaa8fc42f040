package heif

import (
	"bytes"
	"compress/gzip"
	"context"
	_ "embed" // for the decoders
	"io"
	"sync"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/imports/wasi_snapshot_preview1"
)

//go:generate go run ./fetch

//go:embed heic.wasm.gz
var heicCode []byte

//go:embed avif.wasm.gz
var avifCode []byte

// decoder is a program that becomes one of this machine when it is first needed.
type decoder struct {
	compiled func() (*compiled, error)
}

type compiled struct {
	runtime wazero.Runtime
	module  wazero.CompiledModule
}

var (
	heicDecoder = decoder{sync.OnceValues(func() (*compiled, error) { return compile(heicCode) })}
	avifDecoder = decoder{sync.OnceValues(func() (*compiled, error) { return compile(avifCode) })}

	moduleConfig = wazero.NewModuleConfig().WithName("").WithStartFunctions("_initialize")
)

func compile(code []byte) (*compiled, error) {
	unzip, err := gzip.NewReader(bytes.NewReader(code))
	if err != nil {
		return nil, err
	}
	plain, err := io.ReadAll(unzip)
	if err != nil {
		return nil, err
	}
	ctx := context.Background()
	config := wazero.NewRuntimeConfig().WithMemoryLimitPages(Memory >> 16).WithDebugInfoEnabled(false)
	c := &compiled{runtime: wazero.NewRuntimeWithConfig(ctx, config)}
	if _, err := wasi_snapshot_preview1.Instantiate(ctx, c.runtime); err != nil {
		return nil, err
	}
	c.module, err = c.runtime.CompileModule(ctx, plain)
	return c, err
}
