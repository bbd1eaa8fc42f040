package web_test

import (
	"bytes"
	"encoding/binary"
	"image"
	"image/jpeg"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
)

const secretPlace = "52.5200N 13.4050E" // in what cameras write down

// fromCamera is a JPEG of 300 by 200 that is held upright, with a place and a maker in it.
func fromCamera(t *testing.T) []byte {
	t.Helper()
	var b bytes.Buffer
	require.NoError(t, jpeg.Encode(&b, image.NewGray(image.Rect(0, 0, 300, 200)), nil))
	exif := "Exif\x00\x00MM\x00*\x00\x00\x00\x08\x00\x01\x01\x12\x00\x03\x00\x00\x00\x01\x00\x06\x00\x00\x00\x00\x00\x00" + secretPlace
	head := binary.BigEndian.AppendUint16([]byte{0xff, 0xe1}, uint16(len(exif)+2))
	return slices.Concat(b.Bytes()[:2], head, []byte(exif), b.Bytes()[2:])
}

// withoutPlace is the same JPEG as others get it: what is left of its EXIF is how it is turned.
func withoutPlace(t *testing.T) []byte {
	t.Helper()
	file := fromCamera(t)
	at := bytes.Index(file, []byte(secretPlace))
	file = slices.Delete(file, at, at+len(secretPlace))
	file[5] -= byte(len(secretPlace))
	return file
}
