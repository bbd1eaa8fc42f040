package views

import "dchat/app/account"

// Viewer is the person for whom something is rendered, with the way to the files they may see.
type Viewer struct {
	*account.User
	// FileURL is the address of a file, signed for one viewer.
	FileURL func(viewer int64, id, name string) string
}

// pictureURL is the address of somebody's picture in a width of account.PictureWidths.
func (v Viewer) pictureURL(u *account.User, width int) string {
	return v.FileURL(v.ID, account.PictureFile(u.Picture, width), u.Username+".jpg")
}

// faceWidth is how many pixels a face needs on a screen of three to the point.
func faceWidth(size string) int {
	widths := map[string]int{"small": 96, "": 256, "large": 512}
	return widths[size]
}
