package web

import (
	"strconv"

	"dchat/app/account"
	"dchat/app/errs"
	"dchat/app/web/request"

	"github.com/gofiber/fiber/v2"
)

func (h settingsHandlers) setNotifications(c *fiber.Ctx, user *account.User, whole bool) (account.NotificationForm, error) {
	form := user.Form()
	was := form
	request.Switches(c, whole, map[string]*bool{"sound": &form.Sound, "push_text": &form.PushText})
	fields := c.Request().PostArgs()
	for name, value := range map[string]*string{"quiet_from": &form.QuietFrom, "quiet_until": &form.QuietUntil} {
		if fields.Has(name) {
			*value = request.Field(c, name)
		}
	}
	if fields.Has("digest") {
		var err error
		if form.Digest, err = strconv.Atoi(request.Field(c, "digest")); err != nil {
			return form, &errs.Error{Code: errs.Invalid, Sentence: "The delay is not a number.", Cause: err}
		}
	}
	if form == was {
		return form, nil
	}
	return form, h.Accounts.SetNotifications(c.UserContext(), user, form)
}
