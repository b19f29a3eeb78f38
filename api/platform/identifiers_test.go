package platform_test

import (
	"net/url"
	"strings"
	"testing"

	"switchboard"
	"switchboard/auth"
)

// TestIdentifiers holds that a spelling of an identifier is one account or none,
// and the same one for every call: what reads, what signs in, what makes.
func TestIdentifiers(t *testing.T) {
	w := newWorld(t)
	cyrillic := "\u0430nn" // looks like ann
	for _, name := range []string{cyrillic, "kate", "strasse", "i", "a%62", "ab", "9"} {
		w.account(domain, auth.NewAccount{Localpart: name, Kind: switchboard.User})
	}
	for spelling, want := range map[string]string{
		"ann": "ann", "ANN": "ann", "Ann": "ann", "\uff41\uff4e\uff4e": "ann", "\uff21NN": "ann", // wide letters are letters
		cyrillic: cyrillic, "\u0410NN": cyrillic,
		"\u212aate":   "kate", // the Kelvin sign is a K
		"stra\u00dfe": "", "STRASSE": "strasse", "\u0131": "", "\u0130": "", "I": "i",
		"a%62": "a%62", "ab": "ab", "%61b": "", "a%2562": "", "&#97;b": "", "\\u0061b": "",
		"ann ": "", " ann": "", "ann\u00a0": "", "ann\u200b": "", "a\u00adnn": "", "ann\u200d": "", "\ufeffann": "", "ann\u202e": "", "a\u0301nn": "",
		"ann\t": "", "ann\n": "", "ann\r\n": "", "ann.": "", "ann/": "", "ann/phone": "", "/ann": "", "../ann": "", "./ann": "", "ann;x": "", "ann?x": "", "ann#x": "",
		"ann,bob": "", "ann bob": "", "ann*": "", "*": "", "%": "", "_": "", "an_": "", "an%": "", "ann'": "", "ann\"": "", "ann\\": "", "ann--": "",
		"9": "9", "09": "", "9.0": "", "9e0": "", "+9": "", "\u0669": "", "1": "", "0": "", "-1": "",
		"": "", ".": "", "..": "", long(192): "", strings.Repeat("n", 5000): "",
	} {
		if got := w.read(spelling); got != want {
			t.Errorf("%q reads %q, want %q", spelling, got, want)
		}
		if got := w.signIn(spelling); got != want {
			t.Errorf("%q signs %q in, want %q", spelling, got, want)
		}
		// As the account's own device: whatever comes out is what went in, in its normal form.
		if got := w.registers(spelling); got != "" && want != "" && got != want {
			t.Errorf("%q registers %q, want %q", spelling, got, want)
		} else if want == "" && (got == "ann" || got == "kate" || got == "strasse" || got == "i" || got == "ab" || got == "9" || got == "a%62" || got == cyrillic) {
			t.Errorf("%q registers %q", spelling, got)
		}
	}
	// Whole addresses of this workspace are the same accounts; no other domain is.
	for spelling, want := range map[string]string{
		"ann@localhost": "ann", "ANN@LOCALHOST": "ann", "ann@localhost.": "ann", "ann@localhost/phone": "", "@localhost": "", "ann@": "", "ann@@localhost": "",
		"ann@localhost@localhost": "", "ann@other.example": "", "eve@other.example": "", "ann@mix.localhost": "", "ann@localhost.evil.example": "", "ann@127.0.0.1": "",
		"ann@xn--localhost": "", "xmpp:ann@localhost": "", "ann%40localhost": "", "bob@localhost,ann@localhost": "", "ann@loc\u00adalhost": "ann", // UTS 46 §4 passes over a soft hyphen in a domain
	} {
		if got := w.read(spelling); got != want {
			t.Errorf("%q reads %q, want %q", spelling, got, want)
		}
		if got := w.signIn(spelling); got != "" && got != want {
			t.Errorf("%q signs %q in, want %q", spelling, got, want)
		}
		if got := w.registers(spelling); got != "" {
			t.Errorf("%q registers %q", spelling, got)
		}
	}
}

// read is the user that every call which takes an id understands by a spelling;
// "" if they refuse it.
func (w *world) read(spelling string) string {
	w.t.Helper()
	id := ""
	if spelling != "" && spelling != "." && spelling != ".." { // the path would be another one
		r := w.do(call{As: "root", Path: "/users/" + url.PathEscape(spelling)})
		if r.Status == 200 {
			id = decode[struct{ Data user }](w.t, r).Data.UserID
		} else if r.Status != 400 {
			w.t.Errorf("%q: %d %s", spelling, r.Status, r.Body)
		}
	}
	before := w.Store.Last()
	r := w.do(call{As: "root", Method: "PUT", Path: "/users/updatedevicetoken", Form: url.Values{"username": {spelling}, "deviceType": {"ios"}, "deviceToken": {"x"}}})
	if (r.Status == 200) != (id != "") {
		w.t.Errorf("%q: one call finds %q, another answers %d %s", spelling, id, r.Status, r.Body)
	}
	r = w.do(call{As: "root", Path: "/users/block", Form: url.Values{"userId": {spelling}}})
	if (r.Status == 200) != (id != "") || w.Store.Last() != before {
		w.t.Errorf("%q: one call finds %q, another answers %d %s", spelling, id, r.Status, r.Body)
	}
	list, err := w.Chat.Blocked(w.t.Context(), w.people["root"])
	must(w.t, err)
	for _, j := range list {
		if j.Local != id {
			w.t.Errorf("%q is %q and blocks %q", spelling, id, j)
		}
	}
	must(w.t, w.Chat.Unblock(w.t.Context(), w.people["root"]))
	return id
}

// signIn is whom a spelling with everybody's password signs in.
func (w *world) signIn(spelling string) string {
	w.t.Helper()
	r := w.do(call{Path: "/login", Form: url.Values{"username": {spelling}, "password": {password}}})
	w.clock.Add(1e10) // so that nobody is throttled
	w.tokens = map[string]string{}
	if r.Status != 200 {
		refused(w.t, r, r.Status, "")
		return ""
	}
	p, err := w.Auth.Verify(w.t.Context(), decode[struct{ Data struct{ Token string } }](w.t, r).Data.Token)
	must(w.t, err)
	return p.Localpart
}

// registers is whose device a spelling makes, with everybody's password as the proof.
func (w *world) registers(spelling string) string {
	w.t.Helper()
	r := w.do(call{Path: "/register", Form: url.Values{"licenseKey": {"trial"}, "userIdentifier": {spelling}, "password": {password}}})
	w.clock.Add(1e10)
	w.tokens = map[string]string{}
	if r.Status != 200 {
		refused(w.t, r, r.Status, "")
		return ""
	}
	made := decode[struct{ Username, Token, UserJID string }](w.t, r)
	p, err := w.Auth.Verify(w.t.Context(), made.Token)
	must(w.t, err)
	if p.Localpart != made.Username || made.UserJID != p.Bare().String() {
		w.t.Errorf("%q: %+v and a token of %q", spelling, made, p.Localpart)
	}
	return p.Localpart
}
