package live

import (
	"math"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestPacketRoundTrip(t *testing.T) {
	for _, f := range []Fragment{
		{User: 1, From: 0, To: 1, Body: []byte("<p>hello</p>"), At: time.UnixMicro(1_790_000_000_123_456)},
		{User: math.MaxInt64, From: math.MaxInt64 - 1, To: math.MaxInt64, Body: []byte{0, 0xFF}},
		{User: 7, From: 3, To: 9, Marks: []Mark{{1, 2}, {3, 4}}, Body: []byte{}},
		{User: 7, From: 3, To: 9, Parts: []Part{{"entry 7", []byte("<a>")}, {"", []byte{}}}, Body: []byte("<p>")},
	} {
		message, err := decode(encodeFragment(&f))
		require.NoError(t, err)
		f.far = true
		require.Equal(t, &f, message.fragment)
	}
	g := sessionEnded{user: 5, session: 6, except: 7}
	message, err := decode(encodeSessionEnded(g))
	require.NoError(t, err)
	require.Equal(t, &g, message.ended)
}

func TestTruncatedPacket(t *testing.T) {
	whole := encodeFragment(&Fragment{User: 300, From: 300, To: 301, Marks: []Mark{{300, 300}}, Parts: []Part{{"entry", []byte("<p>")}}})
	for n := range whole {
		_, err := decode(whole[:n])
		require.Error(t, err, "%d bytes of %d", n, len(whole))
	}
	_, err := decode(append(encodeSessionEnded(sessionEnded{user: 1}), 0))
	require.Error(t, err)
}

func FuzzDecode(f *testing.F) {
	f.Add(encodeFragment(&Fragment{User: 1, From: 2, To: 3, Marks: []Mark{{4, 5}}, Body: []byte("<p>")}))
	f.Add(encodeFragment(&Fragment{User: 1, From: 2, To: 3, Parts: []Part{{"entry", []byte("<p>")}}}))
	f.Add(encodeSessionEnded(sessionEnded{user: 1, session: 2, except: 3}))
	f.Add([]byte{kindFragment, 1, 1, 1, 1, 0xFF, 0xFF, 0xFF, 0xFF, 0x0F})
	f.Fuzz(func(t *testing.T, payload []byte) {
		message, err := decode(payload)
		if err != nil {
			return
		}
		if message.fragment == nil {
			again, err := decode(encodeSessionEnded(*message.ended))
			require.NoError(t, err)
			require.Equal(t, message, again)
			return
		}
		again, err := decode(encodeFragment(message.fragment))
		require.NoError(t, err)
		require.Equal(t, message, again)
	})
}
