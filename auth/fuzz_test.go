package auth

import (
	"net/url"
	"strings"
	"testing"
	"time"
	"unicode/utf8"
)

// An address that a screen leads back to stays on this server, however a
// browser reads it.
func FuzzLocalAddress(f *testing.F) {
	for _, s := range []string{"/", "/console/", "//evil.example", `/\evil.example`, "/%2fevil.example", "/.//evil.example", "/a?b=//c", "/\t/x", "https://evil.example"} {
		f.Add(s)
	}
	base, _ := url.Parse("https://chat.example.com/login/Account/Login")
	f.Fuzz(func(t *testing.T, s string) {
		got := localAddress(s, "/other")
		to, err := base.Parse(got)
		if err != nil || to.Host != base.Host || to.Scheme != base.Scheme || to.User != nil || strings.ContainsAny(got, "\\\r\n\t ") {
			t.Errorf("%q leads to %v", s, to)
		}
	})
}

// A tool is sent to its own machine or nowhere.
func FuzzNativeRedirect(f *testing.F) {
	for _, s := range []string{"http://127.0.0.1:1410/", "http://localhost", "http://[::1]:9?x", "http://127.0.0.1@evil.example", "http://127.0.0.1.evil.example", "HTTP://localhost/", OOB, "http://localhost#x"} {
		f.Add(s)
	}
	c := publicClients[NativeClient]
	f.Fuzz(func(t *testing.T, s string) {
		if s == OOB || !c.allows("https://chat.example.com", s) {
			return
		}
		rest, ok := strings.CutPrefix(s, "http://")
		authority := rest
		if i := strings.IndexAny(rest, "/?#\\"); i >= 0 {
			authority = rest[:i]
		}
		u, err := url.Parse(s)
		if !ok || err != nil || u.Host != authority || strings.Contains(authority, "@") || !loopbackHost(u.Hostname()) || !plainText(s) || strings.Contains(s, "#") {
			t.Errorf("%q is allowed", s)
		}
	})
}

// The address of an authorization request for after the sign-in is read as the same request.
func FuzzAuthorizeRequest(f *testing.F) {
	f.Add("client_id=a&redirect_uri=b&max_age=10&prompt=login+consent&scope=openid")
	f.Add("signed_in_after=1&state=%00&nonce=%ff&request=x")
	f.Add("a=1&a=2&max_age=-1")
	f.Fuzz(func(t *testing.T, query string) {
		form, err := url.ParseQuery(query)
		if err != nil {
			return
		}
		q := parseAuthorize(form)
		if _, err := checkAuthorize("https://chat.example.com", q); err == nil && q.RedirectURI == "" {
			t.Error("an answer without an address")
		}
		again := q.again(time.Unix(1_700_000_000, 0))
		_, rest, _ := strings.Cut(again, "?")
		form, err = url.ParseQuery(rest)
		if err != nil {
			t.Fatal(err)
		}
		p := parseAuthorize(form)
		if p.ClientID != q.ClientID || p.RedirectURI != q.RedirectURI || p.State != q.State || p.Nonce != q.Nonce || p.CodeChallenge != q.CodeChallenge || p.MaxAge != nil || p.asks("login") {
			t.Errorf("%q became %q", query, rest)
		}
		if (q.MaxAge != nil || q.asks("login") || q.asks("select_account")) && p.after.IsZero() {
			t.Errorf("%q need not sign in again", query)
		}
	})
}

func FuzzUserCode(f *testing.F) {
	for _, s := range []string{"BCDF-GHJK", "bcdf ghjk", "b.c.d.f_g‐h‑j–k", "ſſſſſſſſ", "BCDFGHJKL", ""} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, typed string) {
		code, ok := normalUserCode(typed)
		if !ok {
			return
		}
		if again, ok := normalUserCode(showUserCode(code)); !ok || again != code || strings.Trim(code, codeLetters) != "" {
			t.Errorf("%q is %q, shown and typed again %q", typed, code, again)
		}
	})
}

// A name that somebody signs in with has one normal form, and what is none names no account.
func FuzzSignInName(f *testing.F) {
	for _, s := range []string{"anna", "Anna@localhost", "anna@localhost/x", "a@b@c", "", "ＡＮＮＡ", "an\x00na", "@localhost", strings.Repeat("x", 1100)} {
		f.Add("localhost", s)
	}
	f.Fuzz(func(t *testing.T, domain, name string) {
		local, host := splitName(domain, name)
		if again, same := splitName(host, local); local != "" && (again != local || same != host) {
			t.Errorf("%q at %q is %q at %q, then %q at %q", name, domain, local, host, again, same)
		}
		if !utf8.ValidString(local) || !utf8.ValidString(host) || len(throttleKey(domain, name, "192.0.2.1")) > 1200 {
			t.Errorf("%q %q", local, host)
		}
		if id, err := identifier("x", name); err == nil && id != local && !strings.Contains(name, "@") {
			t.Errorf("%q registers as %q and signs in as %q", name, id, local)
		}
	})
}

// A password has one normal form, whatever is typed.
func FuzzPassword(f *testing.F) {
	for _, s := range []string{"correct horse", "pässword", "pa\u0308ss", "\u00ad", "\U0001f511\U0001f511", "a\x7f", "\xff", "I\u00adX"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		normal, ok := normalPassword(s)
		if ok && (normal == "" || !utf8.ValidString(normal)) {
			t.Errorf("%q became %q", s, normal)
		}
	})
}

func FuzzAgent(f *testing.F) {
	f.Add("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0")
	f.Add("\xffcurl/8.0")
	f.Fuzz(func(t *testing.T, agent string) {
		if name := DeviceName(agent); !utf8.ValidString(name) || len(name) > 80 || strings.ContainsAny(name, "\r\n\x00") {
			t.Errorf("%q is named %q", agent, name)
		}
		if text := headerText(agent, maxAgent); !utf8.ValidString(text) || len(text) > maxAgent {
			t.Errorf("%q", text)
		}
	})
}

// Scopes that are stored come back as they were, and nobody gets more than is allowed.
func FuzzScopes(f *testing.F) {
	f.Add("openid chat", "chat events")
	f.Add("mluviiPublicApi offline_access", "")
	f.Fuzz(func(t *testing.T, asked, allowed string) {
		may, _ := splitScopes(allowed)
		scopes, words, ok := granted(strings.Fields(asked), may)
		if !ok {
			return
		}
		again, same := splitScopes(scopeText(words, scopes))
		if len(again) != len(scopes) || len(same) != len(words) || len(common(scopes, may)) != len(common(scopes, scopes)) {
			t.Errorf("%q of %q: %v %v, then %v %v", asked, allowed, scopes, words, again, same)
		}
	})
}

func FuzzHost(f *testing.F) {
	for _, s := range []string{"localhost:80", "[::1]:80", "a@b", "a/b", "a?b", "EXAMPLE.com", ":80", "", "a b", "%41"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		host, ok := plainHost(s)
		if !ok {
			return
		}
		u, err := url.Parse("https://" + s + "/login")
		if err != nil || u.Path != "/login" || u.User != nil || !strings.EqualFold(u.Hostname(), host) {
			t.Errorf("%q is %q, but %v", s, host, u)
		}
	})
}

func FuzzAddressKey(f *testing.F) {
	for _, s := range []string{"192.0.2.1:80", "2001:db8::1", "[2001:db8::1%eth0]:1", "::ffff:192.0.2.1", "x", ""} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if key := addressKey(s); len(key) > 64 {
			t.Errorf("%q is %q", s, key)
		}
		isJWT(s)
	})
}
