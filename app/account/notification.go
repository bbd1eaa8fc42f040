package account

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"dchat/app/errs"
	"dchat/app/store"

	"github.com/uptrace/bun"
)

// Notifications are a person's settings of how they learn of messages.
type Notifications struct {
	Sound       bool   // an open page plays a sound
	PushText    bool   // notifications hold the text of messages
	QuietFrom   int    // a minute of the day in QuietZone
	QuietUntil  int    // the same as QuietFrom: there are no quiet hours
	QuietZone   string // IANA time zone, "" for UTC
	DigestHours int    // after how many hours unread messages are mailed, one of DigestChoices; 0 is never
}

// DefaultNotifications are the settings of a new account.
var DefaultNotifications = Notifications{Sound: true, PushText: true}

// DigestChoices are the delays of the digest in hours that a person can choose besides none.
var DigestChoices = []int{1, 4, 12, 24, 72}

// Quiet reports whether a time is within the person's quiet hours, which may pass midnight.
func (n *Notifications) Quiet(at time.Time) bool {
	at = at.In(location(n.QuietZone))
	minute := 60*at.Hour() + at.Minute()
	if n.QuietFrom <= n.QuietUntil {
		return n.QuietFrom <= minute && minute < n.QuietUntil
	}
	return n.QuietFrom <= minute || minute < n.QuietUntil
}

// NotificationForm is the form of the settings as it was filled in.
type NotificationForm struct {
	Sound, PushText       bool
	QuietFrom, QuietUntil string // like "22:00", both "" for no quiet hours
	Digest                int
}

// parse returns the settings, with quiet hours in a zone.
func (f *NotificationForm) parse(zone string) (n Notifications, err error) {
	n = Notifications{Sound: f.Sound, PushText: f.PushText, DigestHours: f.Digest}
	if f.Digest != 0 && !slices.Contains(DigestChoices, f.Digest) {
		return n, errs.Field("digest", "Please choose one of the delays.")
	}
	if f.QuietFrom == "" && f.QuietUntil == "" {
		return n, nil
	}
	n.QuietZone = zone
	if n.QuietFrom, err = minuteOf(f.QuietFrom); err != nil {
		return n, errs.Field("quiet_from", "Quiet hours need a beginning, such as 22:00.")
	}
	if n.QuietUntil, err = minuteOf(f.QuietUntil); err != nil {
		return n, errs.Field("quiet_until", "Quiet hours need an end, such as 07:00.")
	}
	return n, nil
}

// minuteOf reads the time of a day.
func minuteOf(text string) (int, error) {
	t, err := time.Parse("15:04", text)
	return 60*t.Hour() + t.Minute(), err
}

// SetNotifications changes a person's settings to those of a form.
func (s *Store) SetNotifications(ctx context.Context, user *User, to NotificationForm) error {
	_, err := s.ChangeNotifications(ctx, user, func(form *NotificationForm) error {
		*form = to
		return nil
	})
	return err
}

// ChangeNotifications changes a person's settings as they are stored, which a session may not know yet, and returns the
// changed form. A digest that is switched on tells of later messages only.
func (s *Store) ChangeNotifications(ctx context.Context, user *User, change func(*NotificationForm) error) (form NotificationForm, err error) {
	_, err = s.Update(ctx, user.ID, nil, func(_ context.Context, _ bun.Tx, u *User) error {
		form = u.Form()
		was := form
		if err := change(&form); err != nil {
			return err
		}
		if form == was {
			return errUnchanged
		}
		n, err := form.parse(u.Zone)
		if err != nil {
			return err
		}
		if u.DigestHours == 0 && n.DigestHours > 0 {
			u.DigestedAt = store.Now()
		}
		u.Notifications = n
		return nil
	})
	if errors.Is(err, errUnchanged) {
		err = nil
	}
	return form, err
}

// Form returns the settings as their form shows them.
func (n *Notifications) Form() NotificationForm {
	f := NotificationForm{Sound: n.Sound, PushText: n.PushText, Digest: n.DigestHours}
	if n.QuietFrom != n.QuietUntil {
		f.QuietFrom, f.QuietUntil = dayTime(n.QuietFrom), dayTime(n.QuietUntil)
	}
	return f
}

func dayTime(minute int) string { return fmt.Sprintf("%02d:%02d", minute/60, minute%60) }
