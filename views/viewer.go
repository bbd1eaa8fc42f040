package views

import (
	"dchat/app/account"
	"dchat/app/imagesize"
)

// Viewer is the user for whom a component is rendered.
type Viewer struct {
	*account.User
	// FileURL returns the address of a file, signed for one viewer.
	FileURL func(viewer int64, id, name string) string
}

// pictureURL returns the address of a user's picture, whose width is one of imagesize.Squares.
func (v Viewer) pictureURL(u *account.User, width int) string {
	return v.FileURL(v.ID, imagesize.File(u.Picture, width), u.Username+".jpg")
}

// faceWidth returns the width of a face in pixels, for a screen with three pixels to a CSS pixel.
func faceWidth(size string) int {
	widths := map[string]int{"small": 96, "": 256, "large": 512}
	return widths[size]
}
