package files

import (
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

var (
	signer = NewSigner([]byte("only the tests know this sentence"))
	noon   = time.Date(2031, 5, 6, 13, 0, 0, 0, time.UTC)
)

// address takes a URL of the signer apart.
func address(t *testing.T, text string) (id, name, exp, sig string) {
	t.Helper()
	u, err := url.Parse(text)
	require.NoError(t, err)
	parts := strings.Split(u.EscapedPath(), "/")
	require.Len(t, parts, 4)
	require.Equal(t, []string{"", "files"}, parts[:2])
	require.Len(t, u.Query(), 2)
	return parts[2], parts[3], u.Query().Get("exp"), u.Query().Get("sig")
}

func TestURLsAreForOneViewer(t *testing.T) {
	id, _, exp, sig := address(t, signer.URL(7, "abc.96", "face.jpg", noon))
	require.Equal(t, "abc.96", id)
	require.True(t, signer.Check(7, id, exp, sig, noon))
	require.False(t, signer.Check(8, id, exp, sig, noon), "another viewer")
	require.False(t, signer.Check(7, "abc.512", exp, sig, noon), "another file")
	require.False(t, NewSigner([]byte("another secret")).Check(7, id, exp, sig, noon))

	later, err := strconv.ParseInt(exp, 10, 64)
	require.NoError(t, err)
	require.False(t, signer.Check(7, id, strconv.FormatInt(later+1, 10), sig, noon), "a later end")
	for _, e := range []string{"", "0" + exp, "+" + exp, exp + " ", "-1", "9" + exp, "x"} {
		require.False(t, signer.Check(7, id, e, sig, noon), e)
	}
	for _, s := range []string{"", sig[1:], sig + "=", sig + "A", strings.ToUpper(sig), strings.ToLower(sig), signer.sign(7, id, "")} {
		require.False(t, signer.Check(7, id, exp, s, noon), s)
	}
	require.False(t, signer.Check(7, id, "", signer.sign(7, id, ""), noon), "an address without an end")
}

// What one part ends with another may begin with.
func TestSignaturesAreNotAmbiguous(t *testing.T) {
	require.NotEqual(t, signer.sign(11, "file", "1"), signer.sign(1, "file1", "1"))
	require.NotEqual(t, signer.sign(1, "file", "12"), signer.sign(12, "file", ""))
}

func TestURLsExpire(t *testing.T) {
	for minute := range 24 * 60 {
		at := noon.Add(time.Duration(minute) * time.Minute)
		text := signer.URL(7, "abc", "x", at)
		id, _, exp, sig := address(t, text)
		require.True(t, signer.Check(7, id, exp, sig, at.Add(12*time.Hour)))
		require.False(t, signer.Check(7, id, exp, sig, at.Add(24*time.Hour+time.Second)))
		require.Equal(t, text, signer.URL(7, "abc", "x", at.Truncate(12*time.Hour)), "it is the same all the while")
		require.NotEqual(t, text, signer.URL(7, "abc", "x", at.Add(12*time.Hour)))
	}
}

func FuzzCheck(f *testing.F) {
	text := signer.URL(7, "abc", "x", noon)
	u, _ := url.Parse(text)
	f.Add(int64(7), "abc", u.Query().Get("exp"), u.Query().Get("sig"))
	f.Add(int64(-1), "", "", "")
	f.Add(int64(7), "abc", "99999999999999999999", "x\x00")
	f.Fuzz(func(t *testing.T, viewer int64, id, exp, sig string) {
		if signer.Check(viewer, id, exp, sig, noon) {
			require.Equal(t, text, "/files/"+id+"/x?exp="+exp+"&sig="+sig)
			require.EqualValues(t, 7, viewer)
		}
	})
}
