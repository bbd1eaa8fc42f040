package views

import (
	"strings"
	"testing"

	"github.com/a-h/templ"
	"github.com/stretchr/testify/require"

	"dchat/app/chat"
)

// targets are the hx-targets of a frame's parts in order, each with what happens there.
func targets(t *testing.T, frame string) []string {
	t.Helper()
	var found []string
	for _, piece := range strings.Split(frame, "<hx-")[1:] {
		tag, _, _ := strings.Cut(piece, ">")
		target := attribute(tag, "hx-target")
		if swap := attribute(tag, "hx-swap"); swap != "" {
			found = append(found, swap+" "+target)
		} else {
			found = append(found, "upsert "+target)
		}
	}
	return found
}

func attribute(tag, name string) string {
	_, rest, _ := strings.Cut(tag, " "+name+`="`)
	value, _, _ := strings.Cut(rest, `"`)
	return strings.NewReplacer("&#34;", `"`, "&gt;", ">").Replace(value)
}

func frame(t *testing.T, c templ.Component) string {
	t.Helper()
	var b strings.Builder
	require.NoError(t, c.Render(t.Context(), &b))
	return b.String()
}

func TestEntryPartsMoveTheRow(t *testing.T) {
	require.Equal(t, []string{
		"delete #chat-7:not(#chats > :first-of-type)", "upsert #chats", "delete #request-7",
	}, targets(t, frame(t, EntryParts(ines, entry(aiko, chat.InContact, 1), noon))))
	require.Equal(t, []string{
		"delete #chat-7", "upsert #requests",
	}, targets(t, frame(t, EntryParts(ines, entry(aiko, chat.Asking, 0), noon))))
	require.Equal(t, []string{
		"delete #chat-7", "delete #request-7",
	}, targets(t, frame(t, EntryParts(ines, entry(aiko, chat.Stranger, 0), noon))))
}

func TestRelationPartsKeepUnchangedFooter(t *testing.T) {
	require.Equal(t, []string{
		`beforeend #pane[data-with="8"]:not(:has([role=log]))`,
		`outerHTML settle:0 #relation-8:not([data-state="contact"])`,
		"outerHTML settle:0 #person-8", "outerHTML settle:0 #result-8", "delete #blocked-8",
	}, targets(t, frame(t, RelationParts(ines, entry(aiko, chat.InContact, 1)))))
}

func TestRowsNameTheirConversation(t *testing.T) {
	rows := frame(t, Rows(ines, aiko, 7, []chat.Message{*message(3, 8, "b"), *message(2, 1, "a")}))
	require.Equal(t, []string{"upsert #messages-7"}, targets(t, rows))
	require.Contains(t, rows, ` key="data-seq" sort>`)
	require.Equal(t, 2, strings.Count(rows, "<article "))
}

func TestUserTextIsNoPart(t *testing.T) {
	rows := frame(t, Rows(ines, devil, 7, []chat.Message{*message(3, 9, `<hx-partial hx-target="#pane">gone</hx-partial>`)}))
	require.Equal(t, []string{"upsert #messages-7"}, targets(t, rows))
	require.Equal(t, []string{"innerHTML #notice"}, targets(t, frame(t, Notice("<hx-partial>"))))
}

func TestSelfPartsReplaceNoForm(t *testing.T) {
	parts := frame(t, SelfParts(ines))
	require.Equal(t, []string{
		"innerHTML settle:0 #me", "outerHTML settle:0 #portrait-1", "outerHTML settle:0 #notifying", "outerHTML settle:0 #email-state",
		"innerHTML settle:0 #pane .presence", "innerHTML settle:0 #pane .types", // of others one does not see what one does not show
		"beforeend #pane:has([role=log][data-receipts=on])", // only one whose receipts were switched off
		"innerHTML settle:0 #settings-news",
	}, targets(t, parts))
	require.NotContains(t, parts, "<input")

	deleted := *ines.User
	deleted.DeletedAt = noon
	require.Empty(t, frame(t, SelfParts(viewerOf(&deleted))), "the pages of a deleted account are closed")
}

func TestDeletedAccountReloadsPane(t *testing.T) {
	reload := `beforeend #pane[data-with="8"]`
	require.NotContains(t, targets(t, frame(t, PersonParts(ines, entry(aiko, chat.InContact, 1)))), reload)
	require.Contains(t, targets(t, frame(t, PersonParts(ines, entry(aiko, chat.Deleted, 1)))), reload)
}

// A change of a person leaves on the page what passes, unless one of the two does not show it any more.
func TestPersonPartsHideWhatIsNotShown(t *testing.T) {
	me, other := *ines.User, *aiko
	me.ShowOnline, me.ShowTyping, other.ShowOnline, other.ShowTyping = true, true, true, true
	viewer := Viewer{User: &me, FileURL: ines.FileURL}
	passing := func() (list []string) {
		for _, target := range targets(t, frame(t, PersonParts(viewer, entry(&other, chat.InContact, 1)))) {
			if strings.Contains(target, "presence") || strings.Contains(target, "typing") || strings.HasSuffix(target, ".who") {
				list = append(list, target)
			}
		}
		return list
	}
	require.Empty(t, passing())
	me.ShowTyping, other.ShowOnline = false, false
	require.Len(t, passing(), 2)
}
