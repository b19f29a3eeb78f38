package auth

import (
	"bytes"
	"encoding/json"
	"errors"
	"mime"
	"net/http"
	"net/url"
	"strings"

	"github.com/zitadel/oidc/v3/pkg/oidc"
	"github.com/zitadel/oidc/v3/pkg/op"

	"switchboard/web"
)

// Mount adds the login screen and the OpenID provider under /login/ and gives
// the kernel its authentication.
func (s *Service) Mount(k *web.Kernel) {
	k.SetAuth(s.Verify, s.BrowserSession, s.LoginURL)
	h := s.handler()
	k.Mux().Handle(issuerPath, h)
	k.Mux().Handle(issuerPath+"/", h)
	k.Mux().HandleFunc(appPath, s.appReturn)
}

// appReturn is where mluviiApp is sent back to. What it would be is the console
// here: the browser that brings the code is signed in, so nobody has to spend it.
func (s *Service) appReturn(w http.ResponseWriter, r *http.Request) {
	switch r.Method {
	case http.MethodGet, http.MethodHead, http.MethodPost:
	default:
		w.Header().Set("Allow", "GET, POST")
		s.showError(w, r, http.StatusMethodNotAllowed, "no-page")
		return
	}
	if r.FormValue("error") != "" { // its words are the sender's, whoever that is
		s.showError(w, r, http.StatusBadRequest, "code-denied")
		return
	}
	http.Redirect(w, r, homePath, http.StatusSeeOther)
}

// handler finds its pages without regard to case, as the server whose layout
// this is does.
func (s *Service) handler() http.Handler {
	// The library's own policy lets pages of every origin in, with cookies: ours stands in for it.
	library := op.RegisterServer(&provider{s: s}, endpoints, op.WithServerCORSOptions(nil))
	routes := map[string]http.Handler{
		loginPath:   s.form(s.showLogin, s.postLogin),
		logoutPath:  s.form(s.showLogout, s.postLogout),
		consentPath: s.form(s.showConsent, s.postConsent),
		setupPath:   s.form(s.showSetup, s.postSetup),
		devicePath:  s.form(s.showDevice, s.postDevice),
		oobPath:     http.HandlerFunc(s.showCode),

		issuerPath + oidc.DiscoveryEndpoint: web.CORS(s.toLibrary(library, "GET", getOnly), "*"),
	}
	for e, h := range map[*op.Endpoint]http.Handler{
		endpoints.JwksURI:       web.CORS(s.toLibrary(library, "GET", getOnly), "*"),
		endpoints.Authorization: http.HandlerFunc(s.authorize),
		endpoints.EndSession:    s.errorPages(asAddress(s.toLibrary(library, "GET, POST", getOrPost))),
		// These two take no cookie, and pages with the SDK are anywhere.
		endpoints.Token:               web.CORS(s.toLibrary(library, "POST", formOnly), "*"),
		endpoints.DeviceAuthorization: web.CORS(s.asking(s.toLibrary(library, "POST", formOnly)), "*"),
		endpoints.Revocation:          web.CORS(s.toLibrary(library, "POST", formOnly), s.opts.Origins...),
		endpoints.Introspection:       s.toLibrary(library, "POST", formOnly),
		endpoints.Userinfo:            web.CORS(s.toLibrary(library, "GET, POST", bearer), s.opts.Origins...),
	} {
		routes[issuerPath+e.Relative()] = h
	}
	s.externalRoutes(routes)
	folded := make(map[string]http.Handler, len(routes))
	for path, h := range routes {
		folded[strings.ToLower(path)] = h
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		path := strings.ToLower(strings.TrimRight(r.URL.Path, "/"))
		h, ok := folded[path]
		switch {
		case ok:
			h.ServeHTTP(w, r)
		case path == issuerPath:
			http.Redirect(w, r, loginPath, http.StatusSeeOther)
		default:
			s.showError(w, r, http.StatusNotFound, "no-page")
		}
	})
}

// toLibrary hands a request to the library, with its path below the issuer,
// once check has made it fit.
func (s *Service) toLibrary(library http.Handler, allow string, check func(r *http.Request) (status int, e *oidc.Error)) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Cache-Control", "no-store") // RFC 6749 §5.1
		h.Set("Pragma", "no-cache")
		inner := r.WithContext(s.withIssuer(r))
		u := *r.URL
		u.Path, u.RawPath = strings.ToLower(strings.TrimRight(strings.TrimPrefix(strings.ToLower(r.URL.Path), issuerPath), "/")), ""
		inner.URL = &u
		cw := &challenger{ResponseWriter: w, request: r}
		if status, e := check(inner); e != nil {
			if status == http.StatusMethodNotAllowed {
				h.Set("Allow", allow)
			}
			web.WriteJSON(cw, status, e)
			return
		}
		library.ServeHTTP(cw, inner)
	})
}

func getOnly(r *http.Request) (int, *oidc.Error) {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		return http.StatusMethodNotAllowed, &oidc.Error{ErrorType: oidc.InvalidRequest, Description: "use GET here"}
	}
	return 0, nil
}

func getOrPost(r *http.Request) (int, *oidc.Error) {
	if r.Method == http.MethodPost {
		return 0, nil
	}
	return getOnly(r)
}

// asAddress answers a form by the same request in an address: with a form of
// another site no cookies come, with the link that follows they do.
func asAddress(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPost && r.ParseForm() == nil {
			http.Redirect(w, r, r.URL.Path+"?"+r.PostForm.Encode(), http.StatusSeeOther)
			return
		}
		h.ServeHTTP(w, r)
	})
}

// formOnly lets a form in the body pass. Parameters in the URL do not count,
// because secrets must not be there (RFC 6749 §2.3.1), and none may come twice
// (§3.2).
func formOnly(r *http.Request) (int, *oidc.Error) {
	invalid := func(text string) (int, *oidc.Error) {
		return http.StatusBadRequest, &oidc.Error{ErrorType: oidc.InvalidRequest, Description: text}
	}
	if r.Method != http.MethodPost {
		return http.StatusMethodNotAllowed, &oidc.Error{ErrorType: oidc.InvalidRequest, Description: "use POST here"}
	}
	r.URL.RawQuery = ""
	if media, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type")); media != "" && media != "application/x-www-form-urlencoded" {
		return invalid("send the parameters as application/x-www-form-urlencoded")
	}
	if err := r.ParseForm(); err != nil {
		var large *http.MaxBytesError
		if errors.As(err, &large) {
			return http.StatusRequestEntityTooLarge, &oidc.Error{ErrorType: oidc.InvalidRequest, Description: "the request is too large"}
		}
		return invalid("the form cannot be read")
	}
	for name, values := range r.PostForm {
		if len(values) > 1 {
			return invalid("a parameter comes twice: " + printable(name))
		}
	}
	return 0, nil
}

// printable is a parameter's name as far as RFC 6749 §5.2 lets descriptions go.
func printable(s string) string {
	s = url.QueryEscape(s)
	return s[:min(len(s), 40)]
}

// bearer brings the Authorization header to the spelling that the library knows.
func bearer(r *http.Request) (int, *oidc.Error) {
	r.URL.RawQuery = "" // RFC 6750 §2.3: tokens do not belong there
	value := strings.TrimSpace(r.Header.Get("Authorization"))
	scheme, token, two := strings.Cut(value, " ")
	switch {
	case value == "":
	case !two:
		r.Header = r.Header.Clone()
		r.Header.Set("Authorization", "Bearer "+value)
	case strings.EqualFold(scheme, "Bearer"):
		r.Header = r.Header.Clone()
		r.Header.Set("Authorization", "Bearer "+strings.TrimSpace(token))
	}
	return getOrPost(r)
}

// challenger adds the header that a 401 must have (RFC 6749 §5.2, RFC 6750 §3).
type challenger struct {
	http.ResponseWriter
	request *http.Request
}

func (c *challenger) WriteHeader(status int) {
	if status == http.StatusUnauthorized {
		switch {
		case strings.HasSuffix(strings.ToLower(c.request.URL.Path), endpoints.Userinfo.Relative()):
			challenge := `Bearer realm="switchboard"`
			if c.request.Header.Get("Authorization") != "" || c.request.Method == http.MethodPost {
				challenge += `, error="invalid_token"` // without a token there is no error to name (RFC 6750 §3.1)
			}
			c.Header().Set("WWW-Authenticate", challenge)
		case c.request.Header.Get("Authorization") != "":
			c.Header().Set("WWW-Authenticate", `Basic realm="switchboard"`)
		}
	}
	c.ResponseWriter.WriteHeader(status)
}

// errorPages shows people a page where the library writes JSON.
func (s *Service) errorPages(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		held := &heldError{ResponseWriter: w}
		h.ServeHTTP(held, r)
		if held.status == 0 {
			return
		}
		var e struct {
			Description string `json:"error_description"`
		}
		_ = json.Unmarshal(held.body.Bytes(), &e) // without one the page says the general words
		if !strings.Contains(r.Header.Get("Accept"), "text/html") {
			w.WriteHeader(held.status)
			_, _ = w.Write(held.body.Bytes())
			return
		}
		s.showError(w, r, held.status, e.Description)
	})
}

// heldError holds an error answer back.
type heldError struct {
	http.ResponseWriter
	status int
	body   bytes.Buffer
}

func (h *heldError) WriteHeader(status int) {
	if status >= 400 {
		h.status = status
		return
	}
	h.ResponseWriter.WriteHeader(status)
}

func (h *heldError) Write(p []byte) (int, error) {
	if h.status != 0 {
		return h.body.Write(p)
	}
	return h.ResponseWriter.Write(p)
}

// describeOIDC is the safe text of a library error.
func describeOIDC(err error) string {
	var e *oidc.Error
	if errors.As(err, &e) && e.Description != "" {
		return e.Description
	}
	return "error"
}
