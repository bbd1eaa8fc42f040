package web

import (
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
	form := views.ProfileForm{DisplayName: mine(c).User.DisplayName, Saved: c.Query("done") == "saved"}
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

// readProfile reads the form. The picture is nil if it stays, "" if it goes.
func (w *Web) readProfile(c *fiber.Ctx, form *views.ProfileForm) (picture *string, err error) {
	if err := w.allow(c, profilesPerPerson, id(mine(c).UserID)); err != nil {
		return nil, err
	}
	if named(c) {
		form.DisplayName = c.FormValue("display_name")
	}
	if c.FormValue("remove") != "" {
		return new(string), nil
	}
	return nil, nil
}

func named(c *fiber.Ctx) bool {
	if form, err := c.MultipartForm(); err == nil {
		return len(form.Value["display_name"]) > 0
	}
	return c.Request().PostArgs().Has("display_name")
}
