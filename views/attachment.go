package views

import (
	"math"
	"strconv"
	"strings"

	"dchat/app/attachment"
	"dchat/app/chat"
	"dchat/app/imagesize"
	"dchat/app/text"

	"github.com/a-h/templ"
)

// The pictures of a message are laid out in CSS pixels. If a bubble is narrower, the stylesheet shrinks each row
// proportionally.
const (
	galleryWidth  = 320
	galleryHeight = 400 // of a single picture
	galleryGap    = 3
)

// run is a part of a message's files: consecutive pictures, or one other file.
type run struct {
	Gallery [][]tile
	File    *attachment.Attachment
}

// tile is a picture and its size in the layout.
type tile struct {
	*attachment.Attachment
	Across, Down int
	Thin         bool // the picture is thinner than its frame
}

// runs divides files into runs and keeps their order.
func runs(files []attachment.Attachment) []run {
	var list []run
	var pictures []*attachment.Attachment
	flush := func() {
		if len(pictures) > 0 {
			list = append(list, run{Gallery: gallery(pictures)})
			pictures = nil
		}
	}
	for i := range files {
		if files[i].IsImage() {
			pictures = append(pictures, &files[i])
			continue
		}
		flush()
		list = append(list, run{File: &files[i]})
	}
	flush()
	return list
}

// gallery lays pictures out in rows. All pictures of a row have the same height, and none is cropped.
func gallery(pictures []*attachment.Attachment) [][]tile {
	if len(pictures) == 1 {
		return [][]tile{{single(pictures[0])}}
	}
	wide := 2.0 // the width of a row, in squares
	if len(pictures) > 6 {
		wide = 3
	}
	var total float64
	for _, p := range pictures {
		total += ratio(p)
	}
	wide = total / max(1, math.Round(total/wide))

	var rows [][]tile
	var row []*attachment.Attachment
	var passed float64
	for _, p := range pictures {
		if len(row) > 0 && passed+ratio(p)/2 > wide*float64(len(rows)+1) {
			rows = append(rows, strip(row))
			row = nil
		}
		row = append(row, p)
		passed += ratio(p)
	}
	return append(rows, strip(row))
}

// single lays out a single picture, never enlarged.
func single(p *attachment.Attachment) tile {
	w, h := float64(p.Width), float64(p.Height)
	scale := min(1, galleryWidth/w, galleryHeight/h)
	f := tile{Attachment: p, Across: pixels(w * scale), Down: pixels(h * scale)}
	f.Thin = min(f.Across, f.Down) < 48
	return f
}

// strip lays out a row as wide as the gallery, but not higher than galleryWidth.
func strip(row []*attachment.Attachment) []tile {
	var total float64
	for _, p := range row {
		total += ratio(p)
	}
	height := min(float64(galleryWidth-galleryGap*(len(row)-1))/total, galleryWidth)
	frames := make([]tile, len(row))
	for i, p := range row {
		frames[i] = tile{Attachment: p, Across: pixels(height * ratio(p)), Down: pixels(height), Thin: ratio(p) != natural(p)}
	}
	return frames
}

// ratio returns width divided by height, limited so that the neighbours of a picture keep some room.
func ratio(p *attachment.Attachment) float64 { return min(max(natural(p), 0.4), 2.5) }

func natural(p *attachment.Attachment) float64 { return float64(p.Width) / float64(p.Height) }

func pixels(n float64) int { return max(1, int(math.Round(n))) }

// bare reports whether a message has only pictures and the last one is large enough to show the time on it.
func bare(m *chat.Message) bool {
	list := runs(m.Attachments)
	if m.Body != "" || m.Quote != nil || m.Forwarded || len(list) != 1 || list[0].File != nil {
		return false
	}
	rows := list[0].Gallery
	row := rows[len(rows)-1]
	last := row[len(row)-1]
	return last.Down >= 80 && (last.Across >= 120 || len(row) > 1)
}

// filesLine describes in the sidebar the files of a message without text.
func filesLine(m *chat.Message) string {
	what := "File"
	if m.Images == m.Files {
		what = "Photo"
	}
	if m.Files == 1 {
		return what
	}
	return strconv.Itoa(m.Files) + " " + strings.ToLower(what) + "s"
}

// fileIcon returns the name of the icon for a media type.
func fileIcon(mediaType string) string {
	for _, kind := range []struct{ icon, words string }{
		{"file-image", "image/"},
		{"file-music", "audio/"},
		{"file-play", "video/"},
		{"file-spreadsheet", "spreadsheet excel csv"},
		{"file-text", "pdf text/plain msword wordprocessing opendocument.text presentation powerpoint rtf epub markdown"},
		{"file-archive", "zip x-tar x-7z rar bzip x-xz zstd compressed x-archive debian"},
		{"file-code", "html xml json javascript text/"},
	} {
		for word := range strings.FieldsSeq(kind.words) {
			if strings.Contains(mediaType, word) {
				return kind.icon
			}
		}
	}
	return "file"
}

// originalURL returns the address of the original file.
func (v Viewer) originalURL(a *attachment.Attachment) string { return v.FileURL(v.ID, a.ID, a.Name) }

// downloadURL returns the address under which browsers save every type of file.
func (v Viewer) downloadURL(a *attachment.Attachment) templ.SafeURL {
	return templ.SafeURL(v.originalURL(a) + "&download=1")
}

// previewURL returns the address of a preview, whose width is one of imagesize.Previews.
func (v Viewer) previewURL(a *attachment.Attachment, width int) string {
	return v.FileURL(v.ID, imagesize.File(a.ID, width), a.Name)
}

// beforeEnd returns the start of a file's name that may be truncated: without the extension and tail characters
// before it.
func beforeEnd(name string) string {
	extension := text.Extension(name, maxExtension)
	ends := text.Ends(name[:len(name)-len(extension)])
	if len(ends) <= 2*tail {
		return ""
	}
	return name[:ends[len(ends)-1-tail]]
}

const (
	maxExtension = 12 // bytes
	tail         = 4  // grapheme clusters
)
