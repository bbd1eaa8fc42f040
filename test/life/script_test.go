package life

import (
	"fmt"
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

// What people do, each as often as it is likely.
var verbs = weighted(map[verb]int{
	"send": 10, "reply": 5, "edit": 5, "delete": 3, "hide": 3, "react": 6, "save": 4, "forward": 1, "take": 1, "timer": 1,
	"read": 5, "disconnect": 4, "connect": 4, "load": 2, "visit": 1, "return": 2, "older": 2, "at": 1, "newer": 1, "rest": 2,
})

// weighted repeats each verb, in a stable order: a seed means the same in each run.
func weighted(weights map[verb]int) (list []verb) {
	for _, v := range []verb{
		"send", "reply", "edit", "delete", "hide", "react", "save", "forward", "take", "timer",
		"read", "disconnect", "connect", "load", "visit", "return", "older", "at", "newer", "rest",
	} {
		for range weights[v] {
			list = append(list, v)
		}
	}
	return list
}

// dice are even, unlike rapid's numbers, which like to be small.
func dice(t *rapid.T, sides int) int {
	n := 0
	for range 6 {
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
