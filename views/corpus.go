package views

import (
	"strings"
	"time"

	"dchat/app/account"
	"dchat/app/chat"
	"dchat/app/text"

	"github.com/google/uuid"
)

// Corpus lists texts that pages must show well: common scripts and edge cases. Each has a name.
var Corpus = []struct{ Name, Text string }{
	{"latin", "Żółć, naïve façade, Tiếng Việt, İstanbul, Straße"},
	{"greek", "Καλημέρα κόσμε, τι κάνεις;"},
	{"cyrillic", "Съешь же ещё этих мягких французских булок"},
	{"arabic", "متى نلتقي غدًا؟ أنا متفرّغ بعد الساعة ٥"},
	{"hebrew", "שלום עולם, מה נשמע?"},
	{"persian", "می\u200cخواهم با تو حرف بزنم"},
	{"urdu", "آپ کیسے ہیں؟ میں ٹھیک ہوں"},
	{"hindi", "नमस्ते दुनिया, आप कैसे हैं?"},
	{"bengali", "ওহে বিশ্ব, কেমন আছো?"},
	{"tamil", "வணக்கம் உலகம், எப்படி இருக்கிறீர்கள்?"},
	{"thai", "สวัสดีชาวโลก วันนี้เป็นอย่างไรบ้าง"},
	{"japanese", "こんにちは、世界。「元気ですか？」ｶﾀｶﾅも。"},
	{"chinese", "你好，世界！今天我们去爬山吧。"},
	{"korean", "안녕하세요 세계, 잘 지내요?"},
	{"amharic", "ሰላም ልዑል፣ እንዴት ነህ?"},
	{"georgian", "გამარჯობა მსოფლიო"},
	{"tibetan", "བོད་སྐད། བཀྲ་ཤིས་བདེ་ལེགས།"},
	{"two directions in lines", "שורה בעברית\nand a line in English\nשוב בעברית"},
	{"last line from the right", "An English line that is rather long\nשורה"},
	{"first line from the right", "שורה ראשונה בעברית וארוכה למדי\nok"},
	{"two directions in a line", "The word שלום means peace (סליחה means sorry)."},
	{"numbers and brackets from the right", "המחיר הוא 1,234.50 ₪ (כולל מע״מ)"},
	{"an override", "before \u202egpj.exe\nafter"},
	{"emoji", "😀 👍🏽 👨‍👩‍👧‍👦 🏳️‍🌈 🏴󠁧󠁢󠁷󠁬󠁳󠁿 🇩🇪🇫🇷 ❤️ 1️⃣ 🧑🏿‍🚀"},
	{"families alone", "👨‍👩‍👧‍👦👩‍👩‍👦"},
	{"symbols of text", "☺︎ ☎ ✓ → ∑ ∞ ½ № ™"},
	{"code", "    if x:\n        return {\n            'a': [1, 2],\n        }"},
	{"tabs", "\tfunc main() {\n\t\tfmt.Println(\"hi\")\n\t}"},
	{"links", "https://a.example/100% (https://a.example/x_(y)), www.example.org and ann@example.org."},
	{"a link in Japanese", "「https://a.example/x」を見て、https://a.example/、次"},
	{"an international host", "https://bücher.example/straße?q=grün"},
	{"a link in Hebrew", "ראה https://example.org/a?b=c#d בבקשה"},
	{"a long link", "https://example.org/" + strings.Repeat("abcdefghij/", 20) + "?q=" + strings.Repeat("x", 80)},
	{"blank lines", "above" + strings.Repeat("\n", 40) + "below"},
	{"spaces", "two  spaces   three\u00a0\u00a0hard\u3000ideographic"},
	{"marks", "Z" + strings.Repeat("\u0301\u0335\u0489", 12) + "a" + strings.Repeat("\u0316\u0330", 14) + "lgo"},
	{"a tall script", "ﷺ ꧅ 𒐫 ௵"},
	{"a long word", strings.Repeat("Donaudampfschifffahrt", 12)},
	{"many lines", strings.Repeat("A line of a poem that does not end,\n", 40) + "until it does."},
	{"a long text", strings.Repeat("The ridge was clear, and from the hut one saw the lake. ", 60)},
	{"nothing to see", "\u200b\u2060"},
	{"markup", "<b>not bold</b> &amp; \"quoted\""},
	{"marked words", "*bold*, _italic_, ~struck~, *_both_* and `code`, not snake_case_name or 2*3*4"},
	{"marked words from the right", "קרא *את זה* עכשיו, ואז הרץ `git push --force` מיד"},
	{"a quotation", "> Shall we meet at 9?\n> At the *station*.\nYes, or at https://example.org/cafe_"},
	{"a quotation from the right", "> متى نلتقي غدًا؟\nبعد الساعة ٥\n> and at the end a quotation"},
	{"a code block", "So:\n```go\nfunc main() {\n\tfmt.Println(\"a line that is too long for a phone, and scrolls\") // *as typed*\n}\n```"},
	{"code between texts", "متى:\n```\nx = 1\n```\nغدًا"},
	{"large emoji", "👨‍👩‍👧‍👦🏴󠁧󠁢󠁷󠁬󠁳󠁿👍🏽"},
}

// corpus returns the texts as messages, from both users in turn.
func (c examples) corpus() []chat.Message {
	list := make([]chat.Message, len(Corpus))
	for i, one := range Corpus {
		list[i] = chat.Message{ConversationID: 3, Seq: int64(i + 1), Rev: int64(i + 1), SenderID: 2, Key: uuid.UUID{14: 1, 15: byte(i)}, Body: one.Text, CreatedAt: c.now, PrevAt: c.now.Add(-time.Second)}
		if i%2 == 1 {
			list[i].SenderID = c.me.ID
		}
	}
	return list
}

// named returns entries whose names and last messages are the texts of the corpus.
func (c examples) named() []chat.Entry {
	messages := c.corpus()
	list := make([]chat.Entry, len(messages))
	for i := range messages {
		n := int64(i + 100)
		name := strings.Join(strings.Fields(Corpus[i].Text), " ")
		list[i] = chat.Entry{
			ConversationID: n, Standing: chat.InContact, ShownAt: c.now, Seq: 1, Last: &messages[i], LastReadSeq: int64(i % 2),
			Other: &account.User{ID: n, Username: "corpus", DisplayName: text.HeadRunes(name, account.MaxDisplayName), CreatedAt: c.now},
		}
	}
	return list
}
