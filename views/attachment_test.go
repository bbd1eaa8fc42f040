package views

import (
	"strconv"
	"strings"
	"testing"

	"dchat/app/attachment"
	"dchat/app/chat"
	"dchat/static"

	"github.com/PuerkitoBio/goquery"
	"github.com/stretchr/testify/require"
)

func pictureOf(id string, width, height int) attachment.Attachment {
	return attachment.Attachment{ID: id, Name: id + ".jpg", Type: "image/jpeg", Size: 4_200_000, Width: width, Height: height, Preview: attachment.PreviewReady}
}

// withFiles is a message of files.
func withFiles(body string, files ...attachment.Attachment) *chat.Message {
	m := message(3, aiko.ID, body)
	m.Attachments, m.Files = files, len(files)
	for _, f := range files {
		if f.IsImage() {
			m.Images++
		}
	}
	return m
}

func rowOf(t *testing.T, m *chat.Message) *goquery.Selection {
	t.Helper()
	return render(t, MessageRow(ines, aiko, m)).Find("article")
}

func size(t *testing.T, s *goquery.Selection) (width, height float64) {
	t.Helper()
	w, err := strconv.Atoi(s.AttrOr("width", ""))
	require.NoError(t, err)
	h, err := strconv.Atoi(s.AttrOr("height", ""))
	require.NoError(t, err)
	return float64(w), float64(h)
}

func TestPictureLinksToOriginal(t *testing.T) {
	row := rowOf(t, withFiles("", pictureOf("abc", 4000, 3000)))
	require.Equal(t, "msg bare", row.AttrOr("class", ""))
	require.Zero(t, row.Find("p").Length())
	link := row.Find("a#file-abc")
	require.Equal(t, "/files/abc/abc.jpg?for=1&download=1", link.AttrOr("href", ""))
	require.Equal(t, "/files/abc.1600/abc.jpg?for=1", link.AttrOr("data-large", ""))
	require.Equal(t, "4000 3000", link.AttrOr("data-width", "")+" "+link.AttrOr("data-height", ""))
	img := link.Find("img")
	require.Equal(t, "/files/abc.640/abc.jpg?for=1", img.AttrOr("src", ""))
	require.Equal(t, "abc.jpg", img.AttrOr("alt", ""))
	require.Equal(t, "lazy", img.AttrOr("loading", ""))
	width, height := size(t, img)
	require.Equal(t, []float64{320, 240}, []float64{width, height})
}

func TestPendingPictureKeepsSize(t *testing.T) {
	coming := pictureOf("abc", 900, 1600)
	coming.Preview = attachment.PreviewPending
	row := rowOf(t, withFiles("", coming))
	require.Zero(t, row.Find("img, [data-large]").Length())
	require.Equal(t, "Aiko Nakamura: abc.jpg 12:00", spoken(row))
	width, height := size(t, row.Find("a#file-abc svg"))
	after, below := size(t, rowOf(t, withFiles("", pictureOf("abc", 900, 1600))).Find("img"))
	require.Equal(t, []float64{after, below}, []float64{width, height})
	require.Equal(t, 400.0, height, "a tall one is bounded")
}

func TestPicturesKeepSizeAndRatio(t *testing.T) {
	for _, side := range [][2]int{{40, 40}, {319, 100}, {5000, 40}, {30, 9000}, {1, 1}, {4032, 3024}, {1179, 2556}} {
		row := rowOf(t, withFiles("", pictureOf("abc", side[0], side[1])))
		width, height := size(t, row.Find("img"))
		require.LessOrEqual(t, width, min(float64(side[0]), 320))
		require.LessOrEqual(t, height, min(float64(side[1]), 400))
		require.GreaterOrEqual(t, min(width, height), 1.0)
		if !row.Find("a").HasClass("thin") {
			require.InEpsilon(t, float64(side[0])/float64(side[1]), width/height, 0.02, side)
		}
	}
	require.False(t, rowOf(t, withFiles("", pictureOf("abc", 40, 40))).HasClass("bare"), "the time would hide it")
	require.False(t, rowOf(t, withFiles("caption", pictureOf("abc", 400, 400))).HasClass("bare"))
}

func TestGalleryRows(t *testing.T) {
	shapes := [][2]int{{4000, 3000}, {900, 1600}, {800, 800}, {3000, 2000}, {2000, 3000}, {1600, 900}, {1000, 1000}, {640, 480}}
	for n := 2; n <= 50; n++ {
		var files []attachment.Attachment
		for i := range n {
			files = append(files, pictureOf(strconv.Itoa(i), shapes[i*i%8][0], shapes[i*i%8][1]))
		}
		row := rowOf(t, withFiles("", files...))
		require.Equal(t, n, row.Find(".gallery img").Length())
		var order []string
		row.Find(".strip").Each(func(_ int, strip *goquery.Selection) {
			sum, high := 0.0, 0.0
			images := strip.Find("img")
			images.Each(func(i int, img *goquery.Selection) {
				width, height := size(t, img)
				at, err := strconv.Atoi(strings.TrimSuffix(img.AttrOr("alt", ""), ".jpg"))
				require.NoError(t, err)
				require.InEpsilon(t, float64(files[at].Width)/float64(files[at].Height), width/height, 0.02)
				if i > 0 {
					require.Equal(t, high, height)
				}
				sum, high = sum+width, height
				order = append(order, strconv.Itoa(at))
			})
			require.LessOrEqual(t, high, 320.0)
			require.GreaterOrEqual(t, high, 50.0)
			if high < 320 {
				require.InDelta(t, galleryWidth, sum+float64(galleryGap*(images.Length()-1)), 2)
			}
		})
		for i := range n {
			require.Equal(t, strconv.Itoa(i), order[i])
		}
	}
}

func TestOtherFilesAreCards(t *testing.T) {
	name := `"><script>alert(1)</script> 尾根.gpx`
	row := rowOf(t, withFiles("the route", attachment.Attachment{ID: "abc", Name: name, Type: "application/octet-stream", Size: 412_000}))
	card := row.Find(".file")
	require.Equal(t, name, card.Find("bdi.name").Text())
	require.Equal(t, "412 kB", card.Find(".size").Text())
	link := card.Find("a[download]")
	require.Equal(t, "Download "+name, link.AttrOr("aria-label", ""))
	require.Equal(t, ines.FileURL(1, "abc", name)+"&download=1", link.AttrOr("href", ""))
	require.Equal(t, "the route", row.Find("p").Text())
	require.Zero(t, row.Find("script").Length())
}

func TestAudioAndVideoPlayInline(t *testing.T) {
	for as, mediaType := range map[string]string{"audio": "audio/mpeg", "video": "video/mp4"} {
		row := rowOf(t, withFiles("", attachment.Attachment{ID: "abc", Name: "a.b", Type: mediaType, Size: 1}))
		player := row.Find(".media > " + as + "[controls]")
		require.Equal(t, "/files/abc/a.b?for=1", player.AttrOr("src", ""))
		require.Equal(t, "metadata", player.AttrOr("preload", ""))
		require.Equal(t, "a.b", player.AttrOr("aria-label", ""))
		require.Equal(t, "/files/abc/a.b?for=1&download=1", row.Find(".media a[download]").AttrOr("href", ""))
	}
}

func TestFilesKeepTheirOrder(t *testing.T) {
	note := attachment.Attachment{ID: "n", Name: "note.txt", Type: "text/plain"}
	row := rowOf(t, withFiles("", pictureOf("a", 3, 2), pictureOf("b", 3, 2), note, pictureOf("c", 3, 2)))
	var names []string
	row.Find("img, .name").Each(func(_ int, s *goquery.Selection) { names = append(names, s.AttrOr("alt", s.Text())) })
	require.Equal(t, []string{"a.jpg", "b.jpg", "note.txt", "c.jpg"}, names)
	require.Equal(t, 2, row.Find(".gallery").Length())
	require.False(t, row.HasClass("bare"))
}

func TestADeletedMessageShowsNoFile(t *testing.T) {
	m := withFiles("", pictureOf("abc", 3, 2), attachment.Attachment{ID: "n", Name: "note.txt", Type: "text/plain"})
	m.DeletedAt = noon
	row := rowOf(t, m)
	require.Zero(t, row.Find("a, img").Length())
	require.NotContains(t, row.Text(), "note.txt")
}

func TestFileIcons(t *testing.T) {
	for mediaType, icon := range map[string]string{
		"image/heic": "file-image", "image/svg+xml": "file-image", "audio/ogg": "file-music", "video/mp4": "file-play", "application/pdf": "file-text",
		"text/plain; charset=utf-8": "file-text", "application/vnd.openxmlformats-officedocument.wordprocessingml.document": "file-text",
		"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": "file-spreadsheet", "text/csv": "file-spreadsheet",
		"application/vnd.openxmlformats-officedocument.presentationml.presentation": "file-text", "application/epub+zip": "file-text",
		"application/zip": "file-archive", "application/gzip": "file-archive", "application/x-7z-compressed": "file-archive",
		"text/html; charset=utf-8": "file-code", "application/json": "file-code", "application/octet-stream": "file", "": "file",
	} {
		require.Equal(t, icon, fileIcon(mediaType), mediaType)
		require.NotPanics(t, func() { render(t, Icon(icon)) })
	}
}

func TestLastLineOfFilesWithoutText(t *testing.T) {
	note := attachment.Attachment{ID: "n", Name: "note.txt", Type: "text/plain"}
	for want, m := range map[string]*chat.Message{
		"Photo":    withFiles("", pictureOf("a", 3, 2)),
		"3 photos": withFiles("", pictureOf("a", 3, 2), pictureOf("b", 3, 2), pictureOf("c", 3, 2)),
		"File":     withFiles("", note),
		"2 files":  withFiles("", note, pictureOf("a", 3, 2)),
		"Look":     withFiles("Look", note),
	} {
		m.Attachments = nil // the sidebar knows only how many there are
		e := entry(aiko, chat.InContact, 3)
		e.Last = m
		require.Equal(t, want, lastLine(ines, e))
		m.SenderID = ines.ID
		require.Equal(t, "You: "+want, lastLine(ines, e))
	}
}

func TestComposerTakesFiles(t *testing.T) {
	doc := render(t, Composer(ines, entry(aiko, chat.InContact, 0), "a-key", Unsent{}))
	form := doc.Find("form#composer")
	require.Equal(t, "multipart/form-data", form.AttrOr("enctype", ""))
	field := form.Find("label input[type=file][name=attachment][multiple]")
	require.Equal(t, "Attach files", spoken(field.Closest("label")))
	require.Equal(t, "50", field.AttrOr("data-max", ""))
	require.Equal(t, []string{"key", "read", "body", "as_file", "attachment"}, form.Find("[name]").Map(func(_ int, s *goquery.Selection) string {
		return s.AttrOr("name", "")
	}), "the text is there before a file can be refused")
	require.Equal(t, static.URL("upload.js"), doc.Find("template#upload").AttrOr("data-script", ""))
}

func TestFileNamesAreSplitBetweenCharacters(t *testing.T) {
	family := "👨‍👩‍👧‍👦"
	for name, start := range map[string]string{
		"short.png":                            "",
		"holiday 2026.jpeg":                    "holiday ",
		"no extension at all":                  "no extension at",
		strings.Repeat(family, 8) + ".png":     "",
		strings.Repeat(family, 9) + ".png":     strings.Repeat(family, 5),
		strings.Repeat("🇩🇪", 12):               strings.Repeat("🇩🇪", 8),
		strings.Repeat("e\u0301", 10) + ".txt": strings.Repeat("e\u0301", 6),
		"स्क्रीनशॉट ताज़ा तस्वीर.png":        "स्क्रीनशॉट ताज़ा",
		"." + strings.Repeat("x", 40):        "." + strings.Repeat("x", 36),
		"name." + strings.Repeat("long", 10): "name." + strings.Repeat("long", 9),
	} {
		row := rowOf(t, withFiles("", attachment.Attachment{ID: "abc", Name: name, Type: "text/plain"}))
		require.Equal(t, start, row.Find(".name .start").Text(), name)
		require.Equal(t, name, row.Find(".name").Text())
	}
}
