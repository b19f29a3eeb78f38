package interop

import (
	"html"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"switchboard/boardtest"
)

// browser is an http.Client that keeps cookies, follows redirects as far as it
// is told to, and fills in forms. There is no JavaScript in it.
type browser struct {
	t      *testing.T
	client *http.Client
	page   *url.URL // where it is
	html   string
	left   *url.URL // where it was sent to by the last redirect that it did not follow
}

// newBrowser makes a browser that does not follow redirects to stop.
func newBrowser(t *testing.T, stop string) *browser {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	b := &browser{t: t}
	b.client = &http.Client{Jar: jar, Timeout: patience, CheckRedirect: func(r *http.Request, _ []*http.Request) error {
		if stop != "" && strings.HasPrefix(r.URL.String(), stop) {
			b.left = r.URL
			return http.ErrUseLastResponse
		}
		return nil
	}}
	t.Cleanup(b.client.CloseIdleConnections)
	return b
}

func (b *browser) do(r *http.Request) int {
	b.t.Helper()
	r.Header.Set("Accept", "text/html,application/xhtml+xml")
	b.left = nil
	resp, err := b.client.Do(r)
	if err != nil {
		b.t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		b.t.Fatal(err)
	}
	b.page, b.html = resp.Request.URL, string(body)
	return resp.StatusCode
}

// open goes to an address and returns the status.
func (b *browser) open(address string) int {
	b.t.Helper()
	r, err := http.NewRequestWithContext(b.t.Context(), "GET", address, nil)
	if err != nil {
		b.t.Fatal(err)
	}
	return b.do(r)
}

var (
	formTag   = regexp.MustCompile(`<form[^>]* action="([^"]*)"`)
	hiddenTag = regexp.MustCompile(`<input type="hidden" name="([^"]*)" value="([^"]*)"`)
)

// submit sends the page's form with its hidden fields and these.
func (b *browser) submit(fields map[string]string) int {
	b.t.Helper()
	form := formTag.FindStringSubmatch(b.html)
	if form == nil {
		b.t.Fatalf("%s has no form:\n%s", b.page, b.html)
	}
	to, err := b.page.Parse(html.UnescapeString(form[1]))
	if err != nil {
		b.t.Fatal(err)
	}
	values := url.Values{}
	for _, hidden := range hiddenTag.FindAllStringSubmatch(b.html, -1) {
		values.Set(hidden[1], html.UnescapeString(hidden[2]))
	}
	for k, v := range fields {
		values.Set(k, v)
	}
	r, err := http.NewRequestWithContext(b.t.Context(), "POST", to.String(), strings.NewReader(values.Encode()))
	if err != nil {
		b.t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Origin", to.Scheme+"://"+to.Host)
	return b.do(r)
}

// signIn fills in the login screen that the browser has before it.
func (b *browser) signIn(name string) int {
	b.t.Helper()
	if !strings.HasPrefix(b.page.Path, "/login/") {
		b.t.Fatalf("%s is not the login screen:\n%s", b.page, b.html)
	}
	return b.submit(map[string]string{"Username": name, "Password": boardtest.Password})
}
