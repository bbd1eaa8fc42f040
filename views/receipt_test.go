package views

import (
	"testing"

	"dchat/app/account"
	"dchat/app/chat"

	"github.com/PuerkitoBio/goquery"
	"github.com/stretchr/testify/require"
)

// shown returns the ids and numbers of what stands in a log, in order.
func shown(doc *goquery.Document) (list []string) {
	for _, row := range doc.Find("[role=log]").Children().EachIter() {
		list = append(list, row.AttrOr("id", row.AttrOr("class", ""))+" "+row.AttrOr("data-seq", ""))
	}
	return list
}

// openPair returns two people who show each other what they read.
func openPair() (Viewer, *account.User) {
	me, other := *ines.User, *aiko
	me.ShowRead, other.ShowRead = true, true
	return viewerOf(&me), &other
}

func TestReceiptsStandBelowTheirMessages(t *testing.T) {
	viewer, other := openPair()
	pane := func(delivered, read int64, h History) []string {
		e := entry(other, chat.InContact, 60).WithReceipts(chat.Receipts{Delivered: delivered, Read: read})
		h.Messages = []chat.Message{*message(51, 1, "a"), *message(52, 1, "b"), *message(53, 1, "c")}
		return shown(render(t, Pane(viewer, e, h)))
	}
	older, meeting := "older-7 0", "meeting 0"
	a, b, c := message(51, 1, "").ID(), message(52, 1, "").ID(), message(53, 1, "").ID()
	one, two, three := id("message", a)+" 51", id("message", b)+" 52", id("message", c)+" 53"
	none := History{NewAfter: -1}
	for _, it := range []struct {
		delivered, read int64
		of              History
		want            []string
	}{
		{0, 0, none, []string{older, meeting, one, two, three}},
		{52, 0, none, []string{older, meeting, one, two, "delivered-7 52.1", three}},
		{53, 51, none, []string{older, meeting, one, "read-7 51.2", two, three, "delivered-7 53.1"}},
		{52, 52, none, []string{older, meeting, one, two, "delivered-7 52.1", "read-7 52.2", three}},
		{30, 20, none, []string{older, meeting, "read-7 20.2", "delivered-7 30.1", one, two, three}},
		{90, 80, History{NewAfter: -1, Past: true}, []string{older, meeting, one, two, three, "read-7 80.2", "delivered-7 90.1", "newer-7 "}},
		{30, 10, History{NewAfter: 20}, []string{older, meeting, "read-7 10.2", "new-7 20.7", "delivered-7 30.1", one, two, three}},
		{52, 51, History{NewAfter: 51}, []string{older, meeting, one, "read-7 51.2", "new-7 51.7", two, "delivered-7 52.1", three}},
	} {
		require.Equal(t, it.want, pane(it.delivered, it.read, it.of), "%d %d", it.delivered, it.read)
	}
}

func TestReceiptsAreDroppedAndInserted(t *testing.T) {
	_, other := openPair()
	e := entry(other, chat.InContact, 60).WithReceipts(chat.Receipts{Delivered: 52, Read: 51})
	log := "upsert [role=log]:has(> #older-7)"
	drop := "delete :is(#delivered-7, #read-7)"
	parts := frame(t, ReceiptParts(e))
	require.Equal(t, []string{drop, log}, targets(t, parts))
	doc := render(t, ReceiptParts(e))
	require.Equal(t, 2, doc.Find(".receipt[hidden]").Length(), "they say nothing to anyone")
	require.Equal(t, 1, doc.Find("#read-7.read[data-seq='51.2']").Length())

	e.ShowsRead = false
	require.NotContains(t, frame(t, ReceiptParts(e)), `id="read-7"`, "who does not show it does not see it")
	e.ShowsRead, other.ShowRead = true, false
	require.NotContains(t, frame(t, ReceiptParts(e)), `id="read-7"`)
	other.ShowRead = true
	for _, standing := range chat.Standings {
		e.Standing = standing
		require.Equal(t, standing == chat.InContact, len(targets(t, frame(t, ReceiptParts(e)))) == 2, standing)
	}
}

func TestMessagePageSaysHowFarItCame(t *testing.T) {
	viewer, other := openPair()
	e := entry(other, chat.InContact, 60).WithReceipts(chat.Receipts{Delivered: 52, Read: 51})
	for seq, want := range map[int64]string{51: "Read", 52: "Delivered", 53: ""} {
		own := message(seq, 1, "x")
		p := MessagePage{Viewer: viewer, Entry: e, Message: own}
		if want == "Read" {
			p.ReadAt = noon
		}
		doc := render(t, MessagePane(p))
		facts := doc.Find(".facts").Text()
		if want != "" {
			require.Contains(t, facts, "Status"+want)
		}
		require.Equal(t, want == "Read", doc.Find(".facts dt:contains('Read') + dd time[datetime]").Length() == 1, seq)
		require.Equal(t, want != "", doc.Find(".alone > article + .receipt").Length() == 1)
		p.Message.SenderID = other.ID
		require.NotContains(t, render(t, MessagePane(p)).Find(".facts").Text(), "Status", "of another person's message nothing is known")
	}
}
