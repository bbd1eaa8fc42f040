package web

import (
	"context"
	"time"

	"dchat/app/limit"
	"dchat/views"

	"github.com/gofiber/fiber/v2"
)

// One may change as often as one likes. These are against floods.
var (
	profilesPerPerson = limit.Rule{Name: "profile", Burst: 60, Per: time.Hour}
	picturesPerPerson = limit.Rule{Name: "picture", Burst: 30, Per: time.Hour}
)

func (w *Web) profile(c *fiber.Ctx) error {
	form := views.ProfileForm{DisplayName: mine(c).User.DisplayName, Saved: query(c, "done") == "saved"}
	return w.showProfile(c, form)
}

// showProfile answers with one's own profile. The version is read before, so the page may be newer than it
// says, never older.
func (w *Web) showProfile(c *fiber.Ctx, form views.ProfileForm) error {
	page := views.ProfilePage{Me: w.viewer(c), Form: form}
	versions, err := w.Store.Versions(c.UserContext(), []int64{page.Me.ID})
	if err != nil {
		return err
	}
	page.Version = versions[page.Me.ID]
	if page.Blocked, err = w.Store.BlockedPeople(c.UserContext(), page.Me.User); err != nil {
		return err
	}
	return w.pane(c, "Your profile", 0, views.Profile(page), views.ProfilePartial(page))
}

// changeProfile saves what was sent: the name, the picture, or both.
func (w *Web) changeProfile(c *fiber.Ctx) error {
	form := views.ProfileForm{DisplayName: mine(c).User.DisplayName}
	picture, err := w.readProfile(c, &form)
	if err == nil {
		_, err = w.Store.SetProfile(c.UserContext(), mine(c).User, form.DisplayName, picture)
	}
	if err != nil {
		return w.again(c, err, func(wrong views.FieldErrors) {
			form.Errors = wrong
		}, func() error {
			if partial(c) {
				return w.parts(c, views.ProfileParts(w.viewer(c), form))
			}
			return w.showProfile(c, form)
		})
	}
	if !partial(c) {
		return c.Redirect("/profile?done=saved", fiber.StatusSeeOther)
	}
	if err := w.refresh(c); err != nil {
		return err
	}
	if !named(c) { // the form may hold what is not sent yet
		return w.parts(c, views.SelfParts(w.viewer(c)))
	}
	saved := views.ProfileForm{DisplayName: mine(c).User.DisplayName, Saved: true}
	return w.parts(c, views.ProfileParts(w.viewer(c), saved))
}

// maxProfile is the largest form, in bytes: a file that is too big for a picture is read to its end, so
// that the answer can say so in its place.
const maxProfile = 256 << 20

// readProfile reads the form. The picture is nil if it stays, "" if it goes; it is stored already, and
// swept away again if it comes to nothing. What is wrong with it is said when the rest has been read, too.
func (w *Web) readProfile(c *fiber.Ctx, form *views.ProfileForm) (picture *string, err error) {
	wrong := w.allow(c, profilesPerPerson, id(mine(c).UserID))
	err = readForm(c, maxProfile, func(ctx context.Context, file upload) error {
		if file.Field == "picture" && picture == nil && wrong == nil {
			picture, wrong = w.takePicture(ctx, c, file)
		}
		return nil
	})
	if named(c) {
		form.DisplayName = field(c, "display_name")
	}
	if picture == nil && field(c, "remove") != "" {
		picture = new(string)
	}
	if err == nil {
		err = wrong
	}
	return picture, err
}

func (w *Web) takePicture(ctx context.Context, c *fiber.Ctx, file upload) (*string, error) {
	if err := w.allow(c, picturesPerPerson, id(mine(c).UserID)); err != nil {
		return nil, err
	}
	id, err := w.pictureOf(ctx, file)
	if err != nil {
		return nil, err
	}
	return &id, nil
}

func named(c *fiber.Ctx) bool { return c.Request().PostArgs().Has("display_name") }
