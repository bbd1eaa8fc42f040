// Package imagesize holds the sizes in which pictures are kept, and how the files of each size are named.
package imagesize

import "strconv"

// Previews are the longest sides of the copies of an image on a message, in pixels: for the log and for the viewer.
var Previews = []int{640, 1600}

// Squares are the sides of the copies of a profile picture, in pixels.
var Squares = []int{96, 256, 512}

// File names the copy of a picture in one size.
func File(picture string, size int) string { return picture + "." + strconv.Itoa(size) }

// Files names the copies of a picture in several sizes.
func Files(picture string, sizes []int) []string {
	names := make([]string, len(sizes))
	for i, size := range sizes {
		names[i] = File(picture, size)
	}
	return names
}
