package account

import (
	"hash/fnv"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"

	"dchat/app/text"

	"github.com/uptrace/bun"
)

// User is a person. The row outlives the person's account, so that a username is never given twice.
type User struct {
	bun.BaseModel `bun:"table:users,alias:u"`

	ID           int64     `bun:",pk,autoincrement"`
	Username     string    // as chosen at sign-up; never changes
	UsernameKey  string    // Username in lower case, unique
	Email        string    // as an address.Address is mailed
	EmailKey     string    // its key, unique among those who have confirmed it
	NewEmail     string    // waits to be confirmed, "" if none
	DisplayName  string    // 1–50 characters; the username until the person changes it
	NameKey      string    // DisplayName as the release before folds it for search
	SearchKey    string    // DisplayName folded for search
	PasswordHash string    // argon2id, PHC format
	Zone         string    // IANA time zone of the person's last page, "" for UTC
	Picture      string    // names its files (imagesize.File), "" for the default picture
	ShowRead     bool      // others may know what the person has read; these three hold both ways
	ShowTyping   bool      // … when they type
	ShowOnline   bool      // … and when they are there
	SelfVersion  int64     // the person's version when they last changed themselves
	VerifiedAt   time.Time `bun:",nullzero"` // when the address was confirmed
	CreatedAt    time.Time
	DeletedAt    time.Time `bun:",nullzero"`
	ConfirmBy    time.Time `bun:",nullzero"` // a sign-up whose address is not confirmed by then is forgotten; zero: never

	Notifications `bun:"embed:"`
	DigestedAt    time.Time `bun:",nullzero"` // messages up to then are in no further digest
}

// Hues is how many fixed colours initials faces have.
const Hues = 12

// Hue is the person's stable colour, 0 ≤ Hue < Hues.
func (u *User) Hue() int {
	h := fnv.New32a()
	h.Write([]byte(strconv.FormatInt(u.ID, 10)))
	return int(h.Sum32() % Hues)
}

// Initials are one or two capitals for the default picture: of the first and last word of the
// display name, or the first two letters of a single word. A name without letters gives way to the
// username.
func (u *User) Initials() string {
	parts := words(u.DisplayName)
	if len(parts) == 0 {
		parts = words(u.Username)
	}
	switch {
	case len(parts) == 0:
		return "?"
	case len(parts) > 1:
		return capital(parts[0]) + capital(parts[len(parts)-1])
	}
	return capital(parts[0]) + capital(parts[0][len(text.Head(parts[0], 1)):])
}

// capital is the first letter of a word as people see it, "" of none.
func capital(word string) string { return strings.ToUpper(text.Head(word, 1)) }

// The joiners of letters, which some scripts need within words.
const zwnj, zwj = '\u200c', '\u200d'

func words(name string) []string {
	parts := strings.FieldsFunc(name, func(r rune) bool { return !unicode.In(r, unicode.L, unicode.Nd, unicode.M) && r != zwj && r != zwnj })
	return slices.DeleteFunc(parts, func(word string) bool { // emoji have marks, too
		return !strings.ContainsFunc(word, func(r rune) bool { return unicode.In(r, unicode.L, unicode.Nd) })
	})
}

// Location is the zone in which the person reads times.
func (u *User) Location() *time.Location { return location(u.Zone) }
