package views

import (
	"testing"

	"dchat/app/account"
	"dchat/app/chat"

	"github.com/stretchr/testify/require"
)

func TestFaceShowsPictureOverInitials(t *testing.T) {
	face := render(t, Face(ines, pictured.User, "large")).Find(".face")
	require.Contains(t, face.Text(), "PI")
	require.Equal(t, "/files/abc.512/pia.jpg?for=1", face.Find("img").AttrOr("src", ""), "as large as it is shown, signed for who looks")
	require.Equal(t, "", face.Find("img").AttrOr("alt", "none"))
	require.Zero(t, render(t, Face(ines, aiko, "")).Find("img").Length())
}

func TestOnlyOwnPictureCanBeRemoved(t *testing.T) {
	require.Contains(t, spaced(render(t, Profile(ProfilePage{Me: pictured})).Find(".portrait")), "Remove picture")
	require.NotContains(t, spaced(render(t, Profile(ProfilePage{Me: ines})).Find(".portrait")), "Remove picture")
	require.NotContains(t, spaced(render(t, Person(ines, entry(pictured.User, chat.InContact, 1))).Selection), "Remove picture")
}

func TestTheProfileFormKeepsWhatWasTyped(t *testing.T) {
	doc := render(t, Profile(ProfilePage{Me: ines, Form: ProfileForm{DisplayName: "too long", Errors: FieldErrors{"display_name": "A name has at most 50 characters."}}}))
	form := doc.Find("form[action='/profile']")
	require.Equal(t, "multipart/form-data", form.AttrOr("enctype", ""))
	for name, label := range map[string]string{"display_name": "Display name", "picture": "Profile picture"} {
		input := form.Find("[name=" + name + "]")
		require.Equal(t, label, form.Find("label[for="+input.AttrOr("id", "")+"]").Text())
	}
	name := form.Find("[name=display_name]")
	require.Equal(t, "too long", name.AttrOr("value", ""))
	require.Equal(t, "ines", name.AttrOr("placeholder", ""))
	require.Equal(t, "A name has at most 50 characters.", spaced(form.Find("#"+name.AttrOr("aria-describedby", ""))))
	require.Empty(t, spaced(form.Find("[role=status]")))
	require.Equal(t, "Saved", spaced(render(t, Profile(ProfilePage{Me: ines, Form: ProfileForm{Saved: true}})).Find("[role=status]")))
}

func TestInvalidNameKeepsChosenPicture(t *testing.T) {
	wrong := ProfileForm{Errors: FieldErrors{"display_name": "No."}}
	require.NotContains(t, targets(t, frame(t, ProfileParts(ines, wrong))), "outerHTML settle:0 #profile-picture")
	require.Contains(t, targets(t, frame(t, ProfileParts(ines, ProfileForm{Saved: true}))), "outerHTML settle:0 #profile-picture")
}

func TestDeletedAccountHasNoActions(t *testing.T) {
	deleted := &account.User{ID: 8, Username: "aiko", DisplayName: "Deleted account", DeletedAt: noon, CreatedAt: noon}
	doc := render(t, Person(ines, entry(deleted, chat.Deleted, 3)))
	require.Contains(t, spaced(doc.Selection), "This account was deleted.")
	require.NotContains(t, doc.Text(), "aiko")
	require.Zero(t, doc.Find("form, .btn").Length())
}

func TestRequestCount(t *testing.T) {
	doc := render(t, shellOf(EmptyPane(), entry(aiko, chat.Asking, 0)))
	require.Zero(t, doc.Find("#requests .more").Length())
	page := ShellPage{Me: ines, Entries: []chat.Entry{entry(aiko, chat.Asking, 0)}, Requests: 62, Pane: EmptyPane(), Now: noon}
	requests := render(t, Shell(page)).Find("#requests")
	require.Equal(t, "Requests 62", spaced(requests.Find("h2")))
	require.Equal(t, "and 12 more Show", spaced(requests.Find(".more")))
	require.Equal(t, []string{"innerHTML settle:0 #requests-count"}, targets(t, frame(t, RequestCount(3))))
	require.Equal(t, []string{"innerHTML settle:0 #requests-count", "delete #requests > .more"}, targets(t, frame(t, RequestCount(0))))
}
