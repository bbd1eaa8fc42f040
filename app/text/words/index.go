package words

import "strings"

// Index returns the words by which a search finds texts, each once, with a space between two.
func Index(texts ...string) string {
	var b strings.Builder
	seen := map[string]bool{}
	add := func(word string) {
		if !seen[word] {
			seen[word] = true
			if b.Len() > 0 {
				b.WriteByte(' ')
			}
			b.WriteString(word)
		}
	}
	for _, text := range texts {
		before := ""
		for _, w := range Split(text) {
			add(w.Text)
			if w.Joined {
				add(before + w.Text)
			}
			before = w.Text
		}
	}
	return b.String()
}
