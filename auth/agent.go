package auth

import "strings"

// maxAgent bounds what is kept of a User-Agent.
const maxAgent = 300

// browserOf tells a browser and its system from a User-Agent, in words that
// people know. What is none of those that we know is named by its first word.
func browserOf(agent string) (browser, platform string) {
	has := func(word string) bool { return strings.Contains(agent, word) }
	for _, b := range []struct{ sign, name string }{ // those that pretend to be others first
		{"Edg", "Edge"}, {"OPR/", "Opera"}, {"SamsungBrowser/", "Samsung Internet"}, {"Vivaldi/", "Vivaldi"}, {"FxiOS/", "Firefox"},
		{"CriOS/", "Chrome"}, {"Firefox/", "Firefox"}, {"Chrome/", "Chrome"}, {"Chromium/", "Chromium"}, {"Safari/", "Safari"},
	} {
		if has(b.sign) {
			browser = b.name
			break
		}
	}
	if browser == "" && !has("Mozilla/") {
		browser, _, _ = strings.Cut(agent, "/")
		browser = printableWord(browser)
	}
	for _, p := range []struct{ sign, name string }{
		{"Windows", "Windows"}, {"iPhone", "iPhone"}, {"iPad", "iPad"}, {"Android", "Android"}, {"CrOS", "ChromeOS"},
		{"Mac OS X", "macOS"}, {"Macintosh", "macOS"}, {"Linux", "Linux"},
	} {
		if has(p.sign) {
			return browser, p.name
		}
	}
	return browser, ""
}

// printableWord is a name that a stranger gave, as far as it can be shown.
func printableWord(s string) string {
	s = strings.Map(func(r rune) rune {
		if r < ' ' || r > '~' {
			return -1
		}
		return r
	}, s)
	return strings.TrimSpace(s[:min(len(s), 40)])
}

// DeviceName names a browser or program by its User-Agent: "Firefox on Linux".
func DeviceName(agent string) string {
	browser, platform := browserOf(agent)
	switch {
	case browser == "":
		return platform
	case platform == "":
		return browser
	}
	return browser + " on " + platform
}
