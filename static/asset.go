package static

import (
	"bytes"
	"compress/gzip"
	"io"
	"strings"
	"sync"

	"github.com/andybalholm/brotli"
)

// asset is one body and its compressed forms. They are made when first asked for: at their best
// level they take longer than the whole start of the server may.
type asset struct {
	plain       []byte
	contentType string
	brotli      func() []byte
	gzip        func() []byte
}

func newAsset(plain []byte, contentType string) *asset {
	a := &asset{plain: plain, contentType: contentType}
	a.brotli = sync.OnceValue(func() []byte { return packBrotli(plain) })
	a.gzip = sync.OnceValue(func() []byte { return packGzip(plain) })
	return a
}

// encoded picks the smallest form that the client accepts.
func (a *asset) encoded(acceptEncoding string) (body []byte, encoding string) {
	switch {
	case a.contentType == "image/png":
		return a.plain, ""
	case accepts(acceptEncoding, "br"):
		return a.brotli(), "br"
	case accepts(acceptEncoding, "gzip"):
		return a.gzip(), "gzip"
	default:
		return a.plain, ""
	}
}

// accepts knows "br", "gzip;q=0.5" and the refusal "gzip;q=0". A "*" alone gets the plain bytes,
// which is always right.
func accepts(header, coding string) bool {
	for offer := range strings.SplitSeq(header, ",") {
		name, weight, _ := strings.Cut(strings.TrimSpace(offer), ";")
		if strings.EqualFold(strings.TrimSpace(name), coding) {
			q := strings.TrimPrefix(strings.ReplaceAll(strings.ToLower(weight), " ", ""), "q=")
			return q == "" || strings.Trim(q, "0.") != ""
		}
	}
	return false
}

func packBrotli(plain []byte) []byte {
	return packed(plain, func(out io.Writer) (io.WriteCloser, error) {
		return brotli.NewWriterLevel(out, brotli.BestCompression), nil
	})
}

func packGzip(plain []byte) []byte {
	return packed(plain, func(out io.Writer) (io.WriteCloser, error) {
		return gzip.NewWriterLevel(out, gzip.BestCompression)
	})
}

// packed panics on an error, of which there is none: the levels are constants, and a buffer takes it all.
func packed(plain []byte, through func(io.Writer) (io.WriteCloser, error)) []byte {
	var out bytes.Buffer
	w, err := through(&out)
	if err == nil {
		_, err = w.Write(plain)
	}
	if err == nil {
		err = w.Close()
	}
	if err != nil {
		panic(err)
	}
	return out.Bytes()
}
