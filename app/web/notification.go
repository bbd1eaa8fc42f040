package web

import (
	"strconv"

	"dchat/app/errs"
	"dchat/app/web/request"
	"dchat/views"

	"github.com/gofiber/fiber/v2"
)

// notifications changes the settings that a request names. In the section that its form shows, a cleared checkbox is one
// that the request does not name.
func (h settingsHandlers) notifications(c *fiber.Ctx) error {
	user := request.CurrentSession(c).User
	form := user.Notifications.Form()
	whole := request.Field(c, "section") == "notifications"
	fields := c.Request().PostArgs()
	for name, value := range map[string]*bool{"sound": &form.Sound, "push_text": &form.PushText} {
		if fields.Has(name) {
			*value = request.Field(c, name) != "off"
		} else if whole {
			*value = false
		}
	}
	for name, value := range map[string]*string{"quiet_from": &form.QuietFrom, "quiet_until": &form.QuietUntil} {
		if fields.Has(name) {
			*value = request.Field(c, name)
		}
	}
	var err error
	if fields.Has("digest") {
		if form.Digest, err = strconv.Atoi(request.Field(c, "digest")); err != nil {
			err = &errs.Error{Code: errs.Invalid, Sentence: "The delay is not a number.", Cause: err}
		}
	}
	if err == nil {
		err = h.Accounts.SetNotifications(c.UserContext(), user, form)
	}
	return h.answerForm(c, views.SubmittedForm{Form: "notifications", Notifications: form}, err)
}
