package web

import (
	"context"
	"time"

	"dchat/app/limit"
	"dchat/app/web/request"
	"dchat/app/web/upload"
	"dchat/views"

	"github.com/gofiber/fiber/v2"
)

type profileHandlers struct{ *Web }

// These limits stop floods, not users who change their profile often.
var (
	profilesPerPerson = limit.Rule{Name: "profile", Burst: 60, Per: time.Hour}
	picturesPerPerson = limit.Rule{Name: "picture", Burst: 30, Per: time.Hour}
)

func (h profileHandlers) profile(c *fiber.Ctx) error {
	form := views.ProfileForm{DisplayName: request.CurrentSession(c).User.DisplayName, Saved: request.Query(c, "done") == "saved"}
	return h.showProfile(c, form)
}

// showProfile answers with the current user's profile. The version is read first, so the page may be newer than its
// version, never older.
func (h profileHandlers) showProfile(c *fiber.Ctx, form views.ProfileForm) error {
	page := views.ProfilePage{Me: h.viewer(c), Form: form}
	versions, err := h.Accounts.Versions(c.UserContext(), []int64{page.Me.ID})
	if err != nil {
		return err
	}
	page.Version = versions[page.Me.ID]
	if page.Blocked, err = h.Chat.BlockedPeople(c.UserContext(), page.Me.User); err != nil {
		return err
	}
	return h.pane(c, "Your profile", 0, views.Profile(page))
}

// changeProfile saves the submitted name, picture, or both.
func (h profileHandlers) changeProfile(c *fiber.Ctx) error {
	form := views.ProfileForm{DisplayName: request.CurrentSession(c).User.DisplayName}
	picture, err := h.readProfile(c, &form)
	if err == nil {
		_, err = h.Accounts.SetProfile(c.UserContext(), request.CurrentSession(c).User, form.DisplayName, picture)
	}
	if err != nil {
		return h.formError(c, err, func(wrong views.FieldErrors) {
			form.Errors = wrong
		}, func() error {
			if request.Partial(c) {
				return h.parts(c, views.ProfileParts(h.viewer(c), form))
			}
			return h.showProfile(c, form)
		})
	}
	if !request.Partial(c) {
		return c.Redirect("/profile?done=saved", fiber.StatusSeeOther)
	}
	if err := h.refreshSession(c); err != nil {
		return err
	}
	if !hasDisplayName(c) { // the form on the page may hold a name that is not submitted yet
		return h.parts(c, views.SelfParts(h.viewer(c)))
	}
	saved := views.ProfileForm{DisplayName: request.CurrentSession(c).User.DisplayName, Saved: true}
	return h.parts(c, views.ProfileParts(h.viewer(c), saved))
}

// maxProfile is the largest form, in bytes. A file that is too large for a picture is read to its end, so that the
// form can show the error.
const maxProfile = 256 << 20

// readProfile reads the form. The picture is nil if it does not change, and "" if it is removed. A new picture is
// already stored; the clean-up job deletes it if the change fails. An error of the picture is returned after the
// whole form is read.
func (h profileHandlers) readProfile(c *fiber.Ctx, form *views.ProfileForm) (picture *string, err error) {
	wrong := h.allow(c, profilesPerPerson, id(request.CurrentSession(c).UserID))
	err = upload.Form(c, maxProfile, func(ctx context.Context, file upload.File) error {
		if file.Field == "picture" && picture == nil && wrong == nil {
			picture, wrong = h.takePicture(ctx, c, file)
		}
		return nil
	})
	if hasDisplayName(c) {
		form.DisplayName = request.Field(c, "display_name")
	}
	if picture == nil && request.Field(c, "remove") != "" {
		picture = new(string)
	}
	if err == nil {
		err = wrong
	}
	return picture, err
}

func (h profileHandlers) takePicture(ctx context.Context, c *fiber.Ctx, file upload.File) (*string, error) {
	if err := h.allow(c, picturesPerPerson, id(request.CurrentSession(c).UserID)); err != nil {
		return nil, err
	}
	id, err := h.uploads.Picture(ctx, file)
	if err != nil {
		return nil, err
	}
	return &id, nil
}

func hasDisplayName(c *fiber.Ctx) bool { return c.Request().PostArgs().Has("display_name") }
