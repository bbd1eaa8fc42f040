package views

import (
	"slices"
	"strings"
	"unicode"

	"dchat/app/text"
)

// Each line has the common name of a browser or system, and words that identify it in a User-Agent. The first match
// wins: a browser's User-Agent also contains the words of older browsers.
var (
	browsers = [][]string{
		{"Edge", "EdgA/", "EdgiOS/", "Edg/", "Edge/"},
		{"Opera", "OPR/", "OPT/", "OPX/", "Opera"},
		{"Samsung Internet", "SamsungBrowser/"},
		{"Vivaldi", "Vivaldi/"},
		{"Yandex", "YaBrowser/"},
		{"DuckDuckGo", "DuckDuckGo/", "Ddg/"},
		{"UC Browser", "UCBrowser/"},
		{"Mi Browser", "MiuiBrowser/"},
		{"Huawei Browser", "HuaweiBrowser/"},
		{"Google app", "GSA/"},
		{"GNOME Web", "Epiphany/"},
		{"Firefox", "Firefox/", "FxiOS/", "Focus/"},
		{"Headless Chrome", "HeadlessChrome/"},
		{"Chromium", "Chromium/"},
		{"Chrome", "Chrome/", "CriOS/"},
		{"Safari", "Safari/"},
		{"Internet Explorer", "MSIE ", "Trident/"},
		{"DChat command line", "dchat-"},
	}
	systems = [][]string{
		{"Windows Phone", "Windows Phone"},
		{"iPhone", "iPhone"},
		{"iPad", "iPad"},
		{"iPod", "iPod"},
		{"KaiOS", "KAIOS"},
		{"Tizen", "Tizen"},
		{"webOS", "Web0S"},
		{"HarmonyOS", "HarmonyOS"},
		{"Android", "Android"},
		{"ChromeOS", "CrOS"},
		{"Windows", "Windows"},
		{"Mac", "Mac OS X", "Macintosh"},
		{"FreeBSD", "FreeBSD"},
		{"OpenBSD", "OpenBSD"},
		{"Linux", "Linux", "X11"},
	}
)

// deviceName describes the device of a session by its User-Agent, like "Firefox on Linux". It is a hint only: a
// client may send any User-Agent.
func deviceName(userAgent string) string {
	browser, system := firstOf(browsers, userAgent), firstOf(systems, userAgent)
	if browser == "" {
		browser = program(userAgent)
	}
	switch {
	case browser == "" && system == "":
		return "Unknown device"
	case browser == "":
		return "A browser on " + system
	case system == "":
		return browser
	}
	return browser + " on " + system
}

func firstOf(names [][]string, userAgent string) string {
	for _, n := range names {
		if slices.ContainsFunc(n[1:], func(word string) bool { return strings.Contains(userAgent, word) }) {
			return n[0]
		}
	}
	return ""
}

// program returns the first word of the User-Agent of another program, "" if there is none.
func program(userAgent string) string {
	const longest = 23 // grapheme clusters; with the longest system name it makes 40
	words := strings.FieldsFunc(strings.ToValidUTF8(userAgent, ""), func(r rune) bool {
		return !unicode.IsPrint(r) || strings.ContainsRune(" /();,", r)
	})
	if len(words) == 0 || words[0] == "Mozilla" {
		return ""
	}
	return text.Head(words[0], longest)
}
