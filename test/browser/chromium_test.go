// Package browser tests DChat in Chromium. Every page has its own window, and elements are found in the
// accessibility tree.
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

// patience is how long a test waits for an event that must happen.
const patience = 20 * time.Second

func TestMain(m *testing.M) {
	code := services.Wrap(m).Run()
	chromium.close()
	os.Exit(code)
}

// chromium is the browser shared by the tests.
var chromium browser

// browser is a browser process with one profile per person.
type browser struct {
	hosts  string // Chromium's flag host-resolver-rules
	folder string // of a profile that outlives the process; "" for new profiles only

	once  sync.Once
	ctx   context.Context
	close func()
	err   error
}

func init() { chromium.close = func() {} }

// start returns the context for commands to the whole browser.
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
		if b.folder != "" {
			options = append(options, chromedp.UserDataDir(b.folder))
		}
		ctx, end := chromedp.NewExecAllocator(context.Background(), options...)
		ctx, _ = chromedp.NewContext(ctx, chromedp.WithErrorf(func(string, ...any) {})) // the library does not know all events
		b.ctx, b.close = ctx, end
		b.err = chromedp.Run(ctx)
	})
	require.NoError(t, b.err)
	return cdp.WithExecutor(b.ctx, chromedp.FromContext(b.ctx).Browser)
}
