// Package browser plays DChat in Chromium, as people use it: every page in a window of its own, found by
// what a screen reader says.
package browser

import (
	"context"
	"os"
	"sync"
	"testing"
	"time"

	"dchat/test/services"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"
)

// patience is how long a test waits for what must happen.
const patience = 20 * time.Second

func TestMain(m *testing.M) {
	code := services.Wrap(m).Run()
	chromium.close()
	os.Exit(code)
}

// chromium is the browser of the package.
var chromium browser

// browser is a browser process; every person has a profile of their own in it.
type browser struct {
	hosts string // what it believes of names before it asks, as Chromium's flag host-resolver-rules has it

	once  sync.Once
	ctx   context.Context
	close func()
	err   error
}

func init() { chromium.close = func() {} }

// start returns the context that commands to the whole browser are executed in.
func (b *browser) start(t *testing.T) context.Context {
	t.Helper()
	path := services.Chromium(t)
	b.once.Do(func() {
		options := append(chromedp.DefaultExecAllocatorOptions[:],
			chromedp.ExecPath(path),
			chromedp.NoSandbox,
			chromedp.DisableGPU,
			chromedp.Flag("disable-component-update", true),
			chromedp.Flag("disable-features", "Translate,OptimizationHints,MediaRouter,DialMediaRouteProvider"),
			chromedp.Flag("lang", "en-US"),
			chromedp.Flag("host-resolver-rules", b.hosts),
		)
		ctx, end := chromedp.NewExecAllocator(context.Background(), options...)
		ctx, _ = chromedp.NewContext(ctx, chromedp.WithErrorf(func(string, ...any) {})) // events newer than the library
		b.ctx, b.close = ctx, end
		b.err = chromedp.Run(ctx)
	})
	require.NoError(t, b.err)
	return cdp.WithExecutor(b.ctx, chromedp.FromContext(b.ctx).Browser)
}
