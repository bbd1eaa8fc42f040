package address_test

import (
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"dchat/app/address"
	"dchat/app/text"

	"github.com/stretchr/testify/require"
	"golang.org/x/net/idna"
	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"
	"pgregory.net/rapid"
)

func TestSpellingsOfOneAddress(t *testing.T) {
	for mailed, spellings := range map[string][]string{
		"x@xn--bcher-kva.example":          {"x@bücher.example", "X@BÜCHER.example", "x@xn--bcher-kva.example", " x@XN--Bcher-KVA.Example\n", "x@bu\u0308cher.example", "\u00a0x@bücher.example\u3000"},
		"ann@example.org":                  {"ann@example.org", "Ann@Example.ORG", "ANN@EXAMPLE.ORG"},
		"a@xn--strae-oqa.example":          {"a@straße.example", "a@xn--strae-oqa.example"},
		"jörg@example.org":                 {"jörg@example.org", "jo\u0308rg@EXAMPLE.org"},
		"O'Neil+chat@a--b.example":         {"O'Neil+chat@a--b.example", "o'neil+CHAT@A--B.example"},
		"ann@localhost":                    {"ann@localhost", "ann@LOCALHOST"},
		"用户@xn--fsqu00a.xn--fiqs8s":        {"用户@例子.中国"},
		"i@xn--mgba3a4f16a.xn--mgbaam7a8h": {"i@ایران.امارات"},
	} {
		want, err := address.Parse(mailed)
		require.NoError(t, err, mailed)
		require.Equal(t, mailed, want.String())
		for _, typed := range spellings {
			a, err := address.Parse(typed)
			require.NoError(t, err, "%+q", typed)
			require.Equal(t, want.Key(), a.Key(), "%+q", typed)
			require.Equal(t, want.Key(), address.Key(typed))
			host := a.String()[strings.IndexByte(a.String(), '@'):]
			require.Equal(t, strings.Map(func(r rune) rune {
				if r > unicode.MaxASCII {
					return -1
				}
				return r
			}, host), host, "a relay without SMTPUTF8 takes the domain")
		}
	}
}

func TestInvalidAddresses(t *testing.T) {
	for sentence, all := range map[string][]string{
		"does not look like": {
			"", "@", "ann", "ann@", "ann@example", "ann@bücher", "@example.org", "a b@example.org", "ann@@example.org", "a@b@example.org", ".ann@example.org", "ann.@example.org", "a..b@example.org",
			`"ann"@example.org`, "Ann <ann@example.org>", "ann(x)@example.org", "ann@example.org, bob@example.org", "ann@example.org\r\nBcc: x@example.org", "ann\x00@example.org",
			"ann\xff@example.org", strings.Repeat("a", 65) + "@example.org", "\u0301ann@example.org", strings.Repeat("a", 60) + "@" + strings.Repeat(strings.Repeat("a", 50)+".", 4) + "example",
		},
		"cannot be seen": {
			"ann\u2028@example.org", "ann@exam\u2029ple.org", "ann\u200b@example.org", "ann@exa\u00admple.org", "a\u202enn@example.org", "ann@example\u2060.org", "ann\u0085@example.org",
			"ann\u3164@example.org", "ann@exam\u3000ple.org", "ann\ufeff@example.org", "a\ufe0fnn@example.org", "ann@نامه\u200cای.example",
		},
		"taken for one of the keyboard": {
			"mi\u212ae@example.org", "mike@x.\u212aiwi.example", "mike@x.k\u0130wi.example", "\u0131@example.org", "\u017f@example.org", "straße@example.org", "ﬁ@example.org", "ａnn@example.org",
			"ann@ｅxample.org", "ann@example。org", "ann@example．org", "ann@ℯxample.org", "ann@straẞe.example", "ann@①.example",
		},
		"no such domain": {
			"ann@-x.example", "ann@x-.example", "ann@x..example", "ann@.example", "ann@example.org.", "ann@1.2.3.4", "ann@[1.2.3.4]", "ann@x.123", "ann@ex_ample.org", "ann@ex/ample.org",
			"ann@xn--.example", "ann@xn--bcher-kv.example", "ann@xn--example-.org", "ann@xn--a-.org", "ann@" + strings.Repeat("a", 64) + ".example", "ann@xn--x-iqa.xn--\u00e9.example", "ann@\u0301x.example",
			"ann@אa.example", "ann@xn--0ca.xn--zzzzzzz99999.example",
		},
	} {
		for _, typed := range all {
			_, err := address.Parse(typed)
			require.ErrorContains(t, err, sentence, "%+q", typed)
			_, err = address.Parse(address.Key(typed))
			require.Error(t, err, "it has the key of an address")
		}
	}
}

const victim = "mike.ivan-s@x.kiwi-st.example"

// No Unicode character makes an address equal to another person's address.
func TestNoCharacterFoldsToAnotherAddress(t *testing.T) {
	for r := rune(0x80); r <= unicode.MaxRune; r++ {
		c := string(r)
		for i, typed := range []string{
			"mi" + c + "e.ivan-s@x.kiwi-st.example", "mike.ivan-s@x." + c + "iwi-st.example", "mike" + c + ".ivan-s@x.kiwi-st.example", "mike.ivan-" + c + "@x.kiwi-st.example", "mike" + c + "ivan-s@x.kiwi-st.example",
			"mike.ivan-s@x.k" + c + "wi-st.example", "mike.ivan-s@x" + c + "kiwi-st.example", "mike.ivan-s@x.kiwi-" + c + ".example", "mike.ivan-s@x.kiwi" + c + "-st.example",
			"mike.ivan-s@x.kiwi-" + c + "t.example",
		} {
			if i > 1 && !folds(c) && r%64 != 0 { // not every one at every place: it takes half a minute
				break
			}
			a, err := address.Parse(typed)
			if err != nil {
				if address.Key(typed) == victim {
					t.Fatalf("%+q has the key of %s", typed, victim)
				}
				continue
			}
			if a.Key() == victim || a.String() == victim {
				t.Fatalf("%+q is taken for %s", typed, victim)
			}
			stable(t, a)
		}
	}
}

// folds reports whether any form of c is another one.
func folds(c string) bool {
	return norm.NFKC.String(c) != c || norm.NFD.String(c) != c || cases.Fold().String(c) != c || strings.ToLower(c) != c || strings.ToUpper(c) != c || !text.Visible(c)
}

// stable makes sure that the form that is stored is read as itself.
func stable(t interface{ Fatalf(string, ...any) }, a address.Address) {
	again, err := address.Parse(a.String())
	if err != nil || again != a {
		t.Fatalf("%+q is read as %+q: %v", a.String(), again.String(), err)
	}
	key, err := address.Parse(a.Key())
	if err != nil || key.Key() != a.Key() || key.String() != a.Key() {
		t.Fatalf("the key %+q is read as %+q: %v", a.Key(), key.Key(), err)
	}
	_, host, _ := strings.Cut(a.String(), "@")
	for i := range len(host) {
		if host[i] >= utf8.RuneSelf {
			t.Fatalf("the domain of %+q is not in ASCII", a.String())
		}
	}
}

// Two addresses are equal only if their local parts differ in the case of A to Z, and their domains name one
// domain.
func TestEqualAddresses(t *testing.T) {
	part := rapid.StringOfN(rapid.OneOf(rapid.RuneFrom([]rune("abikstKIS.-_xn--ßüσςاäöé。ſıİ\u212a\u200d\u0301日本")), rapid.Rune()), 1, 12, -1)
	rapid.Check(t, func(t *rapid.T) {
		local, host := part.Draw(t, "local"), part.Draw(t, "host")+".example"
		a, err := address.Parse(local + "@" + host)
		if err != nil {
			return
		}
		stable(t, a)
		typed := a.String()[:strings.LastIndexByte(a.String(), '@')]
		if len([]rune(typed)) > len([]rune(local)) {
			t.Fatalf("%+q has grown to %+q", local, typed)
		}
		shown, err := idna.Display.ToUnicode(host)
		back, errBack := idna.Lookup.ToASCII(shown)
		if err == nil && errBack == nil && !strings.HasSuffix(a.String(), "@"+back) {
			t.Fatalf("%+q is mailed to %+q", host, a.String())
		}
	})
}
