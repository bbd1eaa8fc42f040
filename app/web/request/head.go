package request

import (
	"bytes"
	"errors"
	"slices"
	"strings"

	"github.com/valyala/fasthttp"
)

var errAmbiguous = errors.New("the head of the request can be read in two ways")

// once lists the headers that must not be repeated: of two values, a proxy may use the other one.
var once = []string{
	"host", "origin", "content-length", "transfer-encoding", "content-type", "content-encoding", "x-real-ip", "x-request-id", "range", "if-range",
	"dchat-as", "hx-request", "tus-resumable", "upload-offset", "upload-length", "upload-metadata", "x-file-id", "x-file-exp", "x-file-sig",
}

// CheckHead returns an error for a head that a proxy may have parsed differently, if that could change the length,
// the host or the client of the request. fasthttp's parser accepts more than RFC 9112.
func CheckHead(header *fasthttp.RequestHeader) error {
	seen := map[string]string{}
	for line := range bytes.Lines(header.RawHeaders()) {
		line, whole := bytes.CutSuffix(line, []byte("\r\n"))
		if !whole {
			return errAmbiguous
		}
		if len(line) == 0 {
			break
		}
		name, value, ok := strings.Cut(string(line), ":")
		if name = strings.ToLower(name); !ok || !isToken(name) { // a folded line has no token either
			return errAmbiguous
		}
		if _, again := seen[name]; again && slices.Contains(once, name) {
			return errAmbiguous
		}
		seen[name] = strings.Trim(value, " \t")
	}
	return checkFraming(header, seen)
}

func checkFraming(header *fasthttp.RequestHeader, seen map[string]string) error {
	length, sized := seen["content-length"]
	coding, coded := seen["transfer-encoding"]
	host := seen["host"]
	switch {
	case sized && coded, coded && !strings.EqualFold(coding, "chunked"):
		return errAmbiguous
	case sized && (length == "" || strings.Trim(length, "0123456789") != ""):
		return errAmbiguous
	case strings.ContainsAny(host, " \t,/@?#\\"):
		return errAmbiguous
	}
	return checkTarget(string(header.RequestURI()), host)
}

// checkTarget returns an error if an absolute target names another host than the Host header.
func checkTarget(target, host string) error {
	if strings.HasPrefix(target, "/") || target == "*" {
		return nil
	}
	_, rest, absolute := strings.Cut(target, "://")
	authority, _, _ := strings.Cut(rest, "/")
	authority, _, _ = strings.Cut(authority, "?")
	if absolute && strings.EqualFold(authority, host) {
		return nil
	}
	return errAmbiguous
}

// isToken reports whether s is a valid header name.
func isToken(s string) bool {
	for i := range len(s) {
		b := s[i]
		if b <= ' ' || b >= 0x7f || strings.IndexByte(`"(),/:;<=>?@[\]{}`, b) >= 0 {
			return false
		}
	}
	return s != ""
}
