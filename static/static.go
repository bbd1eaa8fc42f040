// Package static holds what the browser loads: one stylesheet, one bundle of htmx, one script, a few
// pictures. The script's modules are in js/; go generate bundles them into dchat.js and, for what only some
// need, into scripts in min/ that come when they are needed: store.js after the page, to keep what is not
// sent; upload.js and tus.js with the first
// file, viewer.js with the first picture that is opened, action.js when people turn to a message,
// emoji.js with the grid of emoji, notify.js with the first message that is not seen at once, keep.js some seconds after the
// page, share.js with what another program shares; worker.js is the service
// worker. Every URL carries a hash of the
// content, so that each may be cached for good.
package static

import (
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"io/fs"
	"path"
	"regexp"
	"strings"
	"sync/atomic"
)

//go:embed css min vendor pictures *.js dchat.webmanifest
var files embed.FS

// bundles are served as one file each, in this order.
var bundles = map[string][]string{
	"htmx.js": {"vendor/htmx.min.js", "vendor/hx-ws.min.js", "vendor/hx-upsert.min.js"},
	"tus.js":  {"vendor/tus.min.js"},
}

// singles are served as they are, under the last part of their path.
var singles = []string{
	"dchat.js", "min/upload.js", "min/viewer.js", "min/action.js", "min/emoji.js", "min/store.js", "min/notify.js", "min/keep.js", "min/share.js", "min/worker.js", "dev.js",
	"css/dchat.css", "css/upload.css", "css/viewer.css", "css/action.css", "css/emoji.css",
	"pictures/favicon.svg", "pictures/icon-180.png", "pictures/icon-192.png", "pictures/icon-512.png",
}

// manifest names pictures, so it is read once their URLs are known.
const manifest = "dchat.webmanifest"

var types = map[string]string{
	".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".svg": "image/svg+xml",
	".png": "image/png", ".webmanifest": "application/manifest+json",
}

// shelf knows where everything stands.
type shelf struct {
	urls   map[string]string // by name
	assets map[string]*asset // by URL
}

var all = embedded() // only development changes it

func embedded() *atomic.Pointer[shelf] {
	all := new(atomic.Pointer[shelf])
	all.Store(fill(files, minified))
	return all
}

// The sources of styles are served in development, and otherwise what esbuild has made of them.
const (
	minified = "min"
	sources  = ""
)

func fill(from fs.FS, form string) *shelf {
	s := &shelf{urls: map[string]string{}, assets: map[string]*asset{}}
	for name, parts := range bundles {
		s.add(name, join(from, parts))
	}
	for _, file := range singles {
		s.add(path.Base(file), single(from, file, form))
	}
	text := string(read(from, manifest))
	for name, url := range s.urls {
		text = strings.ReplaceAll(text, `"`+name+`"`, `"`+url+`"`)
	}
	s.add(manifest, []byte(text))
	return s
}

// URL is where the browser finds the named asset, such as /static/dchat.3fa9c1d2.css for "dchat.css".
// It panics if there is none: names are constants.
func URL(name string) string {
	url, ok := all.Load().urls[name]
	if !ok {
		panic("static: no asset " + name)
	}
	return url
}

// Lookup finds the asset under a URL path and encodes it as well as the client accepts; encoding is
// "" for the plain bytes. The answer may be cached for good and depends on Accept-Encoding. The caller
// must not change body.
func Lookup(urlPath, acceptEncoding string) (body []byte, contentType, encoding string, ok bool) {
	a, ok := all.Load().assets[urlPath]
	if !ok {
		return nil, "", "", false
	}
	body, encoding = a.encoded(acceptEncoding)
	return body, a.contentType, encoding, true
}

func (s *shelf) add(name string, body []byte) {
	sum := sha256.Sum256(body)
	ext := path.Ext(name)
	url := "/static/" + strings.TrimSuffix(name, ext) + "." + hex.EncodeToString(sum[:4]) + ext
	s.urls[name] = url
	s.assets[url] = newAsset(body, types[ext])
}

var imported = regexp.MustCompile(`@import "\./([a-z]+\.css)";`)

// single reads a file in its minified form, if it has one, or with the files that it imports in their places.
func single(from fs.FS, file, form string) []byte {
	if form == minified {
		if body, err := fs.ReadFile(from, path.Join(minified, path.Base(file))); err == nil {
			return body
		}
	}
	return imported.ReplaceAllFunc(read(from, file), func(line []byte) []byte {
		return read(from, path.Join(path.Dir(file), string(imported.FindSubmatch(line)[1])))
	})
}

func join(from fs.FS, parts []string) []byte {
	var whole []byte
	for _, part := range parts {
		whole = append(append(whole, read(from, part)...), '\n')
	}
	return whole
}

func read(from fs.FS, file string) []byte {
	body, err := fs.ReadFile(from, file)
	if err != nil {
		panic(err) // embedded at build time
	}
	return body
}
