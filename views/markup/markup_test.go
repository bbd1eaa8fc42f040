package markup

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// shown is a text as it is shown: marked words and links in brackets, blocks with a sign at their begin.
func shown(body string) string {
	var b strings.Builder
	for i, block := range Parse(body) {
		if i > 0 {
			b.WriteString(" ¶ ")
		}
		b.WriteString(map[Kind]string{Paragraph: "", Quote: "Q:", CodeBlock: "C:"}[block.Kind])
		for _, s := range block.Spans {
			switch s.Style {
			case Text:
				b.WriteString(s.Text)
			case Code:
				b.WriteString("‹" + s.Text + "›")
			case Link:
				b.WriteString("⟦" + s.Text + "⟧")
			case Begin:
				b.WriteString("<" + string(s.Mark))
			case End:
				b.WriteString(string(s.Mark) + ">")
			}
		}
	}
	return b.String()
}

func requireShown(t *testing.T, table map[string]string) {
	t.Helper()
	for body, want := range table {
		assert.Equal(t, want, shown(body), "%q", body)
	}
}

func requireAsTyped(t *testing.T, bodies []string) {
	t.Helper()
	for _, body := range bodies {
		assert.Equal(t, body, shown(body))
	}
}

func TestMarkedWords(t *testing.T) {
	requireShown(t, map[string]string{
		"*bold*": "<*bold*>", "_italic_": "<_italic_>", "~struck~": "<~struck~>", "a *b c* d": "a <*b c*> d", "*a* *b*": "<*a*> <*b*>",
		"*_both_*": "<*<_both_>*>", "_*both*_": "<_<*both*>_>", "~*_all_*~": "<~<*<_all_>*>~>", "*a _b_ c*": "<*a <_b_> c*>",
		"*Note:* text": "<*Note:*> text", "(*a*), \"_b_\" - ~c~.": "(<*a*>), \"<_b_>\" - <~c~>.", "*really?*!": "<*really?*>!", "*a*-_b_": "<*a*>-<_b_>", "“*a*”…": "“<*a*>”…",
		"*don't*": "<*don't*>", "*(a)*": "<*(a)*>", "*5*": "<*5*>", "*5 > 3*": "<*5 > 3*>", "*snake_case*": "<*snake_case*>", "_snake_case_": "<_snake_case_>",
		"これは*太字*です": "これは<*太字*>です", "*중요*는": "<*중요*>는", "注意：*重要*。": "注意：<*重要*>。", "קרא *זה* עכשיו": "קרא <*זה*> עכשיו", "_مهم_، جدا": "<_مهم_>، جدا", "*नमस्ते* दुनिया": "<*नमस्ते*> दुनिया",
		"🔥*hot*🔥": "🔥<*hot*>🔥", "❤️*love*❤️": "❤️<*love*>❤️", "*👍*": "<*👍*>",
		"*one*\n_two_": "<*one*>\n<_two_>", "- *a*\n- _b_": "- <*a*>\n- <_b_>", "* point *a*": "* point <*a*>", "1. ~a~": "1. <~a~>",
		"*a *b*": "*a <*b*>", "*a* b*": "<*a*> b*", "*a _b* c_": "<*a _b*> c_", "_a *b_ c*": "<_a *b_> c*", "*a _b ~c* d_ e~": "<*a _b ~c*> d_ e~",
	})
}

func TestMarkersStayAsTyped(t *testing.T) {
	requireAsTyped(t, []string{
		"", "*", "**", "***", "_", "_ _", "__", "~", "~~", "~ ~", "`", "``", "```", "````", "* *", "*_~`", ">", "> ", ">>", "*a", "a*", "_a", "a~",
		"snake_case_name", "2*3*4", "a * b * c", "a*b*c", "x_1 and y_2", "a~b~c", "*a *", "* a*", "_a _", "*a\nb*", "_a\n\nb_", "**a**", "__init__", "~~a~~", "***a***",
		":*", ":* :*", ";* and :*", ":*kiss :*", "*_*", "^_^", "-_-", ">_<", "~_~", "*-*", "T_T", "o_O *.* x", "(*) and (*)", "\"*\" and \"*\"", "¯\\_(ツ)_/¯", "/*comment*/", "path/_next_/x", "*️⃣ and *️⃣",
		"*.go and *.js", "ls *.*", "f(*args, **kwargs)", "char *p, *q;", "~/bin and ~/lib", "~5 and ~6", "_config_.yml", ".*foo.*", "p->*q*", "x=*5*", "@_ann_", "#_tag_", "a_@b", "$_x_", "*\u200b*", "*\u00a0a*", "_\u3164_", "*\u0301a*", "a\u0301*b*",
		"don`t and can`t", "` `", "`a", "a`", "`a\nb`", "``a`", "`\u200b`", "````a````",
		">quote", ">:( no", "a > b", " > a", "> \n> ", ">\n> ", "```\n\n```", "```\ncode", "text ```\ncode\n```x", "```a`b\nc\n```d",
		"- a\n- b\n  - c", "1. a\n2. b", "# title", "[a](b)", "![a](b)", "---", "| a | b |",
	})
}

func TestCodeInLines(t *testing.T) {
	requireShown(t, map[string]string{
		"`code`": "‹code›", "a `b` c": "a ‹b› c", "`a` `b`": "‹a› ‹b›", "``a`b``": "‹a`b›", "```code```": "‹code›", "`*a* _b_ ~c~`": "‹*a* _b_ ~c~›", "`https://a.example` x": "‹https://a.example› x", "`ann@example.org`": "‹ann@example.org›",
		"*`a`*": "<*‹a›*>", "*a `b* c`": "*a ‹b* c›", "the `foo`s": "the ‹foo›s", "don`t `a`": "don`t ‹a›", "これは`code`です": "これは‹code›です", "` a `": "‹ a ›", "`a`@b.example": "‹a›@b.example", "`> a`": "‹> a›",
		"`a ``b`": "‹a ``b›", "``a `b`": "``a ‹b›", "`a\n`b`": "`a\n‹b›",
	})
}

func TestCodeBlocks(t *testing.T) {
	requireShown(t, map[string]string{
		"```\na\n```": "C:a", "```\n  a\n\n  b\n```": "C:  a\n\n  b", "```go\nfunc a()\n```": "C:func a()", "```c++\na\n```": "C:a", "```npm install x\na\n```": "C:npm install x\na",
		"```a\nb```": "C:a\nb", "```a b\nc```  ": "C:a b\nc", "```a\n```": "C:a", "```a b\n```": "C:a b", "````\na\n````": "C:a",
		"above\n```\na\n```\nbelow": "above ¶ C:a ¶ below", "```\na\n```\n```\nb\n```": "C:a ¶ C:b", "```\na\n```\n\n> b": "C:a ¶  ¶ Q:b", "```\na\n```\n": "C:a ¶ ",
		"```\n*a* `b` > https://a.example\n> c\n```": "C:*a* `b` > https://a.example\n> c", "```\n```\na\n```": "``` ¶ C:a", "a ```\nb\n```": "a ```\nb\n```", "```\na\n```\n```\nb": "C:a ¶ ```\nb",
	})
}

func TestQuotes(t *testing.T) {
	requireShown(t, map[string]string{
		"> a": "Q:a", "> a\n> b": "Q:a\nb", "> a\n>\n> b": "Q:a\n\nb", "> a\nb": "Q:a ¶ b", "a\n> b\nc": "a ¶ Q:b ¶ c", "a\n\n> b\n\nc": "a\n ¶ Q:b ¶ \nc", "> a\n\n> b": "Q:a ¶  ¶ Q:b",
		"> *a* `b` https://a.example": "Q:<*a*> ‹b› ⟦https://a.example⟧", "> *a\n> b*": "Q:*a\nb*", "> > a": "Q:> a", ">   a": "Q:  a", "> שלום": "Q:שלום", "> \na": "> \na", "> ```\n> a\n> ```": "Q:```\na\n```",
		"*a\n> b*\nc*": "*a ¶ Q:b* ¶ c*", "> a\n": "Q:a ¶ ",
	})
}

func TestMarkersAroundLinks(t *testing.T) {
	requireShown(t, map[string]string{
		"*https://a.example*": "<*⟦https://a.example⟧*>", "_https://a.example_": "<_⟦https://a.example⟧_>", "~www.a.example~": "<~⟦www.a.example⟧~>",
		"*https://a.example/x*": "<*⟦https://a.example/x⟧*>", "_https://a.example/x_y_": "<_⟦https://a.example/x_y⟧_>", "*_https://a.example/x?y=z_*": "<*<_⟦https://a.example/x?y=z⟧_>*>", "*https://a.example/x.*": "<*⟦https://a.example/x⟧.*>",
		"*see https://a.example/x*, y": "<*see ⟦https://a.example/x⟧*>, y", "https://a.example/*": "⟦https://a.example/*⟧", "https://a.example/_x_ _b_": "⟦https://a.example/_x_⟧ <_b_>", "https://a.example/a*b *c*": "⟦https://a.example/a*b⟧ <*c*>", "https://a.example/x_": "⟦https://a.example/x_⟧",
		"*ann@example.org*": "<*⟦ann@example.org⟧*>", "_ann@example.org_": "<_⟦ann@example.org⟧_>", "_ann_@example.org": "⟦_ann_@example.org⟧", "_a_b@example.org_": "<_⟦a_b@example.org⟧_>", "_a b_-c@example.org": "_a ⟦b_-c@example.org⟧", "_x_-ann@example.org": "⟦_x_-ann@example.org⟧", "a _b c@example.org_": "a <_b ⟦c@example.org⟧_>",
		"*a b_c*d@example.org": "*a b_c*⟦d@example.org⟧", "_mailto:ann@example.org?subject=x_": "<_⟦mailto:ann@example.org?subject=x⟧_>", "*a https://u:p@b.example/x* c": "*a https://u:p@b.example/x* c",
	})
}

func TestPlainDropsMarkers(t *testing.T) {
	for body, want := range map[string]string{
		"no *bold* `x` ~y~": "no bold x y", "> a\nb": "a\nb", "```go\na\n```\nb": "a\nb", "a * b": "a * b", "plain": "plain", "": "", "x\n": "x\n",
	} {
		require.Equal(t, want, Plain(body))
	}
}

func TestIsEmoji(t *testing.T) {
	for _, body := range []string{
		"😀", "😀😀😀", "😀 👍🏽 🎉", "👨‍👩‍👧‍👦", "👨🏽‍❤️‍💋‍👨🏿", "🏳️‍🌈", "🏴󠁧󠁢󠁷󠁬󠁳󠁿🏴󠁧󠁢󠁷󠁬󠁳󠁿🏴󠁧󠁢󠁷󠁬󠁳󠁿", "🇩🇪🇫🇷", "❤️", "❤️‍🔥", "1️⃣", "#️⃣", "*️⃣", "☝🏽", "🕵🏽", "⛹🏽‍♀️", "⌚", "⭐", "ℹ️", "©️", "‼️", "㊗️", "🫠", "🧑🏿‍🚀", "🀄",
	} {
		require.True(t, IsEmoji(body), "%s %+q", body, body)
	}
	for _, body := range []string{
		"", " ", "a", "1", "12", "#", "😀a", "😀!", "😀😀😀😀", "😀\n😀", "❤", "☎", "☺︎", "✓", "→", "∑", "№", "中", "。", "あ", "🇩", "㈱", "〒", "a\ufe0f", "1\ufe0f", "😀" + strings.Repeat("\u0301", 200), "\u200d", "\ufe0f", "*😀*",
	} {
		require.False(t, IsEmoji(body), "%s %+q", body, body)
	}
}
