package browser

import (
	"bytes"
	"image"
	"image/color"
	"image/png"
	"testing"

	"dchat/test/harness"

	"github.com/chromedp/cdproto/dom"
	"github.com/chromedp/chromedp/kb"
	"github.com/stretchr/testify/require"
)

// drawing returns a small PNG.
func drawing(t *testing.T) []byte {
	t.Helper()
	img := image.NewRGBA(image.Rect(0, 0, 64, 48))
	for i := range img.Pix {
		img.Pix[i] = 200
	}
	for x := range 20 {
		img.Set(x+22, x+14, color.RGBA{180, 60, 16, 255})
	}
	var b bytes.Buffer
	require.NoError(t, png.Encode(&b, img))
	return b.Bytes()
}

// ChoosePicture picks a file in the profile form.
func (p *Page) ChoosePicture(path string) {
	p.t.Helper()
	p.do(dom.SetFileInputFiles([]string{path}).WithBackendNodeID(p.Find("#pane", "button", "Profile picture*")))
}

// awaitNamed waits until each place shows a name.
func (p *Page) awaitNamed(name string, places ...string) {
	p.t.Helper()
	for _, place := range places {
		p.Await(name+" in "+place, `(place, name) => document.querySelector(place)?.textContent.trim() === name`, place, name)
	}
}

// awaitPictures waits until each avatar shows a loaded picture.
func (p *Page) awaitPictures(faces ...string) {
	p.t.Helper()
	for _, face := range faces {
		p.Await("a picture in "+face, `face => document.querySelector(face + ' img')?.naturalWidth > 0`, face)
	}
}

// awaitInitials waits until each avatar shows only initials.
func (p *Page) awaitInitials(initials string, faces ...string) {
	p.t.Helper()
	for _, face := range faces {
		p.Await(initials+" in "+face, `(face, initials) => {
      const e = document.querySelector(face)
      return e?.textContent.trim() === initials && !e.querySelector('img')
    }`, face, initials)
	}
}

// Selectors of a person's name and picture.
const (
	rowName, rowFace           = "#chats a .name", "#chats a .face"
	paneName, paneFace         = "#pane > header h1", "#pane > header .face"
	portraitName, portraitFace = "#pane .portrait .name", "#pane .portrait .face"
	ownFace                    = "#me .face"
)

func TestNameAndPictureChangeLive(t *testing.T) {
	t.Parallel()
	onNodes(t, func(t *testing.T, one, two *harness.Node) {
		anna, bert := one.SignUp(t, "anna"), one.SignUp(t, "bert")
		harness.Connect(t, anna, bert)
		postMessage(t, anna, bert, "hello")
		a, b := enter(t, anna, one.URL, "/profile"), enter(t, bert, two.URL, "/chats/anna")
		hers, looking := a.Tab(), enter(t, two.SignIn(t, "bert"), two.URL, "/people/anna")
		hers.Go("/")
		for _, p := range []*Page{a, b, hers, looking} {
			p.AwaitLive()
			ask[bool](p, `() => window.same = true`)
		}
		b.Write("half a sent")
		a.Show()
		a.Fill("textbox", "Display name", "Anna Ångström")
		a.Press(kb.Enter)
		a.Await("the change is confirmed", `() => document.querySelector('#profile-said').textContent.trim() === 'Saved'`)
		a.awaitNamed("Anna Ångström", portraitName)
		b.awaitNamed("Anna Ångström", rowName, paneName)
		b.awaitInitials("AÅ", rowFace, paneFace)
		looking.awaitNamed("Anna Ångström", portraitName)
		for _, p := range []*Page{b, looking} {
			p.AwaitTitle("Anna Ångström · DChat")
		}
		hers.awaitInitials("AÅ", ownFace)

		a.ChoosePicture(write(t, "me.png", drawing(t)))
		a.Click("#pane", "button", "Save")
		a.awaitPictures(ownFace, portraitFace)
		b.awaitPictures(rowFace, paneFace)
		looking.awaitPictures(portraitFace, rowFace)
		hers.Show()
		hers.awaitPictures(ownFace)
		a.Await("the field is cleared", `() => document.querySelector('#picture').value === ''`)

		a.Show()
		for _, p := range []*Page{a, b, hers, looking} {
			p.Excuse("404 (Not Found)") // the old picture may be requested after its deletion
		}
		a.Click("#pane", "button", "Remove picture")
		a.awaitInitials("AÅ", ownFace, portraitFace)
		b.awaitInitials("AÅ", rowFace, paneFace)
		looking.awaitInitials("AÅ", portraitFace, rowFace)
		hers.awaitInitials("AÅ", ownFace)
		a.AwaitAbsent("#pane", "button", "Remove picture")
		require.Equal(t, "half a sent", b.Composed())
		for _, p := range []*Page{a, b, hers, looking} {
			require.True(t, ask[bool](p, `() => !!window.same`), "no page was reloaded")
		}
	})
}

// People without a relation and blocked people see a new name and picture only after a reload.
func TestProfileChangeReachesContactsOnly(t *testing.T) {
	t.Parallel()
	onNodes(t, func(t *testing.T, one, two *harness.Node) {
		anna, carl := one.SignUp(t, "anna"), one.SignUp(t, "carl")
		windows := []*Page{}
		for _, name := range []string{"bobby", "evelyn"} {
			person := one.SignUp(t, name)
			harness.Connect(t, carl, person)
			if name == "bobby" {
				harness.Connect(t, anna, person)
				postMessage(t, anna, person, "hello")
				require.Less(t, anna.Post("/chats/bobby/block", nil, false).Status, 400)
			}
			for _, path := range []string{"/chats/anna", "/people/anna", "/search?q=anna"} {
				p := enter(t, person, two.URL, path)
				p.AwaitLive()
				windows = append(windows, p)
			}
		}
		a := enter(t, anna, one.URL, "/profile")
		a.AwaitLive()
		a.Fill("textbox", "Display name", "Queen Anna")
		a.ChoosePicture(write(t, "me.png", drawing(t)))
		a.Click("#pane", "button", "Save")
		a.awaitPictures(portraitFace)
		for _, name := range []string{"bobby", "evelyn"} {
			postMessage(t, carl, &harness.Person{Username: name}, "sent after the change")
		}
		for _, p := range windows {
			p.AwaitUnread("carl", 1)
			require.NotContains(t, p.text(), "Queen", p.Name)
			require.Zero(t, ask[int](p, `() => document.querySelectorAll('.face img').length`), p.Name)
			p.Reload()
			p.Await("the new name", `() => document.body.innerText.includes('Queen Anna')`)
		}
	})
}

// Errors are shown at their fields, and other input is kept.
func TestRefusedProfile(t *testing.T) {
	t.Parallel()
	s := harness.SQLite(t).Start(t)
	p := enter(t, s.SignUp(t, "anna"), s.URL, "/profile")
	p.AwaitLive()
	p.Excuse("422 (")
	p.Fill("textbox", "Display name", "Anna, and many more")
	p.ChoosePicture(write(t, "me.png", []byte("<svg xmlns='http://www.w3.org/2000/svg'/>")))
	p.Click("#pane", "button", "Save")
	p.Await("the error is shown at the picture", `() => document.querySelector('#picture[aria-invalid] ~ .error')?.innerText.includes('not a picture DChat can read')`)
	require.Equal(t, "Anna, and many more", ask[string](p, `() => document.querySelector('#display-name').value`))
	p.awaitNamed("anna", portraitName)
	p.ChoosePicture(write(t, "me.png", drawing(t)))
	p.Fill("textbox", "Display name", numbered("%050d x", 1)[0])
	p.Click("#pane", "button", "Save")
	p.Await("the error is shown at the name", `() => !!document.querySelector('#display-name[aria-invalid] ~ .error') && !document.querySelector('#picture[aria-invalid]')`)
	require.Contains(t, ask[string](p, `() => document.querySelector('#picture').value`), "me.png", "the file stays selected")
	p.awaitFocus("textbox", "Display name")
	p.Fill("textbox", "Display name", "Anna")
	p.Click("#pane", "button", "Save")
	p.awaitNamed("Anna", portraitName)
	p.awaitPictures(portraitFace)
}
