package auth

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"encoding/hex"
	"html/template"
	"net/http"
	"net/url"
	"strings"
	"time"

	"switchboard"
	"switchboard/store"
	"switchboard/web"
)

// Where the screens are.
const (
	loginPath   = issuerPath + "/Account/Login"
	logoutPath  = issuerPath + "/Account/Logout"
	consentPath = issuerPath + "/connect/consent"
	oobPath     = issuerPath + "/connect/oob"
	setupPath   = issuerPath + "/setup"
	devicePath  = issuerPath + "/device"
	appPath     = "/signin-oidc" // the web application's redirect address
	homePath    = "/console/"    // after signing in, if nothing else was asked for
)

//go:embed pages
var pageFiles embed.FS

var (
	pages     = template.Must(template.New("").ParseFS(pageFiles, "pages/pages.html"))
	pageStyle = func() string {
		b, _ := pageFiles.ReadFile("pages/style.css") // embedded: it is there
		return string(b)
	}()
	styleHash = func() string {
		h := sha256.Sum256([]byte(pageStyle))
		return base64.StdEncoding.EncodeToString(h[:])
	}()
)

// page is what the templates show.
type page struct {
	Lang, Title, Tenant, Error, Back string
	Action, CSRF, Continue           string
	Name, Signed, Token, Code        string
	Client, Where                    string
	Scopes                           []string
	Ask                              *DeviceAsk
	AskedAt, Answered                string
	Fields                           []field
	Providers                        []field // name and address
	Script                           template.JS
	Style                            template.CSS

	lang int
}

// T is a message in the page's language.
func (p *page) T(key string) string { return messages[key][p.lang] }

func (s *Service) newPage(r *http.Request, title string) *page {
	p := &page{lang: language(r.Header.Get("Accept-Language")), Style: template.CSS(pageStyle), Back: "/"}
	p.Lang, p.Title, p.Tenant = languages[p.lang], p.T(title), s.tenantName(r)
	return p
}

// tenantName is whose screen it is: the tenant of the host, or the first.
func (s *Service) tenantName(r *http.Request) (name string) {
	err := s.db.Read(r.Context(), func(tx *store.Tx) error {
		t, err := tx.TenantByDomain(s.hostDomain(r))
		if err == store.ErrNone {
			t, err = tx.FirstTenant()
		}
		name = t.Name
		return err
	})
	if err != nil || name == "" {
		return "Switchboard"
	}
	return name
}

// hostDomain is the name by which the browser reaches us, if it can be a
// tenant's domain.
func (s *Service) hostDomain(r *http.Request) string {
	host, ok := plainHost(r.Host)
	if !ok || text("host", host, 255) != nil {
		return ""
	}
	return host
}

// loginDomain is the tenant's domain to sign in at: that of the host if it has
// a tenant, else the first.
func (s *Service) loginDomain(r *http.Request) string {
	host := s.hostDomain(r)
	for _, d := range s.domains(r.Context()) {
		if d == host {
			return d
		}
	}
	return ""
}

// show writes a page. to is another origin that a form of it may lead to: some
// browsers hold form-action against redirects too.
func (s *Service) show(w http.ResponseWriter, r *http.Request, status int, name string, p *page, to ...string) {
	var b bytes.Buffer
	if err := pages.ExecuteTemplate(&b, name, p); err != nil {
		web.WriteError(w, r, nil, err)
		return
	}
	script := ""
	if p.Script != "" {
		script = "script-src 'sha256-" + submitHash + "'; "
	}
	web.SetCSP(w, "default-src 'none'; "+script+"style-src 'sha256-"+styleHash+"'; form-action "+strings.Join(append([]string{"'self'"}, to...), " ")+
		"; base-uri 'none'; frame-ancestors 'none'")
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Cache-Control", "no-store")
	h.Add("Vary", "Accept-Language")
	w.WriteHeader(status)
	_, _ = w.Write(b.Bytes())
}

// showError is the page for what cannot go on.
func (s *Service) showError(w http.ResponseWriter, r *http.Request, status int, message string) {
	p := s.newPage(r, "error")
	if known, ok := messages[message]; ok {
		message = known[p.lang]
	} else if message != "" {
		message = strings.ToUpper(message[:1]) + message[1:] + "."
	}
	p.Error = message
	s.show(w, r, status, "error", p)
}

// localAddress returns an address on this server, or other if it is none or
// could be read as one elsewhere.
func localAddress(address, other string) string {
	if len(address) == 0 || len(address) > 8000 || address[0] != '/' || !plainText(address) ||
		strings.HasPrefix(address, "//") {
		return other
	}
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "" || u.Host != "" || u.User != nil || strings.HasPrefix(u.Path, "//") {
		return other
	}
	return address
}

const csrfCookie = "switchboard-form"

// csrf is the token of a form: a MAC of a random cookie, so that whoever can
// plant a cookie still cannot make the token.
func (s *Service) csrf(w http.ResponseWriter, r *http.Request) (string, error) {
	value := cookieValue(r.Context(), r.Header, csrfCookie)
	if !isToken(value) {
		value = switchboard.NewToken()
		http.SetCookie(w, cookie(r, csrfCookie, value, 24*time.Hour))
	}
	return s.csrfToken(r, value)
}

func (s *Service) csrfToken(r *http.Request, value string) (string, error) {
	key, err := s.derived(r.Context(), "forms")
	if err != nil {
		return "", err
	}
	return hex.EncodeToString(mac(sha256.New, key, value)), nil
}

// fromOurForm reports whether a form of this server, shown to this browser, was sent.
func (s *Service) fromOurForm(r *http.Request) bool {
	switch r.Header.Get("Sec-Fetch-Site") {
	case "", "same-origin", "none":
	default:
		return false
	}
	value := cookieValue(r.Context(), r.Header, csrfCookie)
	want, err := s.csrfToken(r, value)
	return err == nil && isToken(value) && hmac.Equal([]byte(want), []byte(r.PostFormValue("csrf")))
}

// form shows a page with a form on GET and lets a POST from it pass.
func (s *Service) form(show func(http.ResponseWriter, *http.Request, int, string), post http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		switch r.Method {
		case http.MethodGet, http.MethodHead:
			show(w, r, http.StatusOK, "")
		case http.MethodPost:
			if err := r.ParseForm(); err != nil {
				s.showError(w, r, http.StatusBadRequest, "stale")
				return
			}
			if !s.fromOurForm(r) {
				show(w, r, http.StatusForbidden, "stale")
				return
			}
			post(w, r)
		default:
			w.Header().Set("Allow", "GET, POST")
			s.showError(w, r, http.StatusMethodNotAllowed, "no-page")
		}
	}
}

// trouble is the status and message of an error that a person sees on a form.
func trouble(err error) (status int, message string) {
	e := switchboard.AsError(err)
	switch {
	case e.Code == "password-unusable":
		return http.StatusBadRequest, "unusable"
	case e.Code == "password-too-short":
		return http.StatusBadRequest, "too-short"
	case e.Kind == switchboard.Unauthorized:
		return http.StatusUnauthorized, "wrong"
	case e.Kind == switchboard.TooMany:
		return http.StatusTooManyRequests, "throttled"
	case e.Kind == switchboard.Forbidden:
		return http.StatusForbidden, "disabled"
	}
	return web.Status(e), "trouble"
}
