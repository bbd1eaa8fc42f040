package chat

import (
	"math/rand/v2"
	"strings"
)

// gibberish makes words of a language that does not exist. As in others, few words are used often and many seldom.
type gibberish struct{ ranks *rand.Zipf }

const gibberishWords = 30_000

func newGibberish(seed int64) gibberish {
	return gibberish{rand.NewZipf(rand.New(rand.NewPCG(uint64(seed), 1)), 1.1, 4, gibberishWords-1)}
}

func (g gibberish) words(n int) string {
	list := make([]string, n)
	for i := range list {
		list[i] = gibberishWord(g.ranks.Uint64())
	}
	return strings.Join(list, " ")
}

// gibberishWord spells the rank of a word in syllables, so that frequent words are short.
func gibberishWord(rank uint64) string {
	const consonants, vowels = "bdfgklmnprstvz", "aeiou"
	var b strings.Builder
	for rank += 70; rank > 0; rank /= 70 {
		b.WriteByte(consonants[rank%70/5])
		b.WriteByte(vowels[rank%5])
	}
	return b.String()
}
