package channel

import "strings"

// client names the operating system and browser of a User-Agent header in the
// Public API's words. Order matters: most browsers also claim to be others.
func client(userAgent string) (os, browser string) {
	return first(userAgent, systems), first(userAgent, browsers)
}

type sign struct{ mark, name string }

var systems = []sign{{"Windows", "WINDOWS"}, {"iPhone", "IOS"}, {"iPad", "IOS"}, {"Android", "ANDROID"}, {"Mac OS X", "OSX"}, {"Linux", "LINUX"}}

var browsers = []sign{{"Edg/", "CHROMIUM_EDGE"}, {"Edge/", "EDGE"}, {"OPR/", "OPERA"}, {"Firefox/", "FF"}, {"FxiOS/", "FF"},
	{"Chrome/", "CHROME"}, {"CriOS/", "CHROME"}, {"Trident/7", "IE_11"}, {"Safari/", "SAFARI"}}

func first(s string, signs []sign) string {
	for _, one := range signs {
		if strings.Contains(s, one.mark) {
			return one.name
		}
	}
	return "OTHER"
}
