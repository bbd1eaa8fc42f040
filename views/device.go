package views

import (
	"slices"
	"strings"
	"unicode"

	"dchat/app/text"
)

// What people call a browser or a system, and the words in a User-Agent that betray it. Who comes
// first wins: browsers pretend to be those that were there before them.
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

// deviceName is what a person calls the device they signed in with, as far as its User-Agent tells:
// "Firefox on Linux". It is a hint, for anybody may send anything.
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

// program is the first word of what is no browser, "" if even that says nothing.
func program(userAgent string) string {
	const longest = 23 // with the longest system behind it the whole is 40
	words := strings.FieldsFunc(strings.ToValidUTF8(userAgent, ""), func(r rune) bool {
		return !unicode.IsPrint(r) || strings.ContainsRune(" /();,", r)
	})
	if len(words) == 0 || words[0] == "Mozilla" {
		return ""
	}
	return text.Head(words[0], longest)
}
