package web

import (
	"strconv"

	"dchat/app/account"
	"dchat/app/errs"
	"dchat/app/web/request"

	"github.com/gofiber/fiber/v2"
)

func (h settingsHandlers) setNotifications(c *fiber.Ctx, user *account.User, whole bool) (account.NotificationForm, error) {
	if !whole && !request.Names(c, "sound", "push_text", "quiet_from", "quiet_until", "digest") {
		return user.Form(), nil
	}
	return h.Accounts.ChangeNotifications(c.UserContext(), user, func(form *account.NotificationForm) error {
		request.Switches(c, whole, map[string]*bool{"sound": &form.Sound, "push_text": &form.PushText})
		for name, value := range map[string]*string{"quiet_from": &form.QuietFrom, "quiet_until": &form.QuietUntil} {
			if request.Names(c, name) {
				*value = request.Field(c, name)
			}
		}
		if !request.Names(c, "digest") {
			return nil
		}
		var err error
		if form.Digest, err = strconv.Atoi(request.Field(c, "digest")); err != nil {
			return &errs.Error{Code: errs.Invalid, Sentence: "The delay is not a number.", Cause: err}
		}
		return nil
	})
}
