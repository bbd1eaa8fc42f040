package life

import (
	"fmt"
	"slices"
	"strings"

	"pgregory.net/rapid"
)

// step is one thing that a person does on one of their pages.
type step struct {
	Who, Page int
	Do        verb
	Pick      int // which of the rows in question, counted from the end; from late on, from the top
	Word      int // what is written, or which emoji
}

func (s step) String() string {
	return fmt.Sprintf("{%d, %d, %q, %d, %d}", s.Who, s.Page, s.Do, s.Pick, s.Word)
}

// round is what two people do at the same time. Each does their part in order.
type round []step

// script is what happens in a conversation, round by round.
type script []round

// GoString is how rapid prints a script.
func (s script) GoString() string {
	var text strings.Builder
	for _, r := range s {
		fmt.Fprintf(&text, "\t%v\n", []step(r))
	}
	return text.String()
}

type verb string

// verbs are what people do, each as often as it is likely.
var verbs = slices.Concat(
	slices.Repeat([]verb{"send"}, 10), slices.Repeat([]verb{"reply", "edit", "read"}, 5), slices.Repeat([]verb{"react"}, 6),
	slices.Repeat([]verb{"save", "disconnect", "connect"}, 4), slices.Repeat([]verb{"delete", "hide"}, 3),
	slices.Repeat([]verb{"timer", "forward", "take", "mute", "pin", "archive", "unread", "privacy", "load", "return", "older", "newer", "rest"}, 2), []verb{"expire", "block", "visit", "at"},
)

// dice are even, unlike rapid's numbers, which like to be small.
func dice(t *rapid.T, sides int) int {
	n := 0
	for range 8 {
		n *= 2
		if rapid.Bool().Draw(t, "bit") {
			n++
		}
	}
	return n % sides
}

var steps = rapid.Custom(func(t *rapid.T) step {
	return step{Do: verbs[dice(t, len(verbs))], Who: dice(t, 2), Page: dice(t, pagesEach), Pick: dice(t, 8), Word: dice(t, 5)}
})

var scripts = rapid.Custom(func(t *rapid.T) script {
	var s script
	for _, r := range rapid.SliceOfN(rapid.SliceOfN(steps, 1, 6), 1, 12).Draw(t, "rounds") {
		s = append(s, round(r))
	}
	return s
})
