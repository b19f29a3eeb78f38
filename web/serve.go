package web

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"switchboard"
)

var errNoPath = switchboard.E(switchboard.NotFound, "no-such-path", "there is nothing at this path")

// ServeHTTP answers a request whose path has lost the prefix already.
func (a *API) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	a.cors(http.HandlerFunc(a.serve)).ServeHTTP(w, r)
}

func (a *API) serve(w http.ResponseWriter, r *http.Request) {
	s := stateOf(r.Context())
	s.table = &a.opts.Errors
	s.pattern = r.Method + " " + a.opts.Prefix + "/?"
	rt, u, _ := a.lookup(r.Method, r.URL)
	switch {
	case u == nil:
		a.missing(w, r)
	case strings.ContainsRune(u.Path, 0) || !utf8.ValidString(u.Path):
		a.refuse(w, r, switchboard.E(switchboard.Invalid, "malformed-path", "the path cannot be read"))
	case rt == nil:
		a.wrongMethod(w, r, u)
	default:
		inner := *r
		inner.URL = u
		a.mux.ServeHTTP(w, &inner)
	}
}

// lookup is the route that would answer, its canonical URL, and whether the
// path is spelled as documented. The URL is nil if the dialect has nothing
// there; only the route is, if it has nothing for this method.
func (a *API) lookup(method string, sent *url.URL) (rt *route, canonical *url.URL, exact bool) {
	path, exact, known := a.paths.match(sent.EscapedPath())
	if !known {
		return nil, nil, false
	}
	u, err := at(sent, path)
	if err != nil {
		return nil, nil, false
	}
	return a.routeAt(method, u), u, exact
}

func (a *API) routeAt(method string, canonical *url.URL) *route {
	h, _ := a.mux.Handler(&http.Request{Method: method, URL: canonical})
	if found, ok := h.(routed); ok {
		return found.rt
	}
	return nil
}

// wrongMethod answers 405 (RFC 9110 §15.5.6).
func (a *API) wrongMethod(w http.ResponseWriter, r *http.Request, u *url.URL) {
	var allowed []string
	for _, method := range []string{"DELETE", "GET", "HEAD", "PATCH", "POST", "PUT"} {
		if a.routeAt(method, u) != nil {
			allowed = append(allowed, method)
		}
	}
	if allowed == nil { // the mux would have redirected: dots or double slashes
		a.missing(w, r)
		return
	}
	w.Header().Set("Allow", strings.Join(allowed, ", "))
	p := newProblem(switchboard.Ef(switchboard.NotAllowed, "method-not-allowed", "use %s here", strings.Join(allowed, " or ")),
		&a.opts.Errors, RequestID(r.Context()))
	p.Status = http.StatusMethodNotAllowed
	p.write(w)
}

// missing answers for a path that the dialect does not have. Strangers are
// asked for a token first: they need not learn what exists.
func (a *API) missing(w http.ResponseWriter, r *http.Request) {
	s := stateOf(r.Context())
	if err := s.ask(r); err != nil {
		if switchboard.KindOf(err) == switchboard.Unauthorized && s.toLogin(w, r) {
			return
		}
		a.refuse(w, r, err)
		return
	}
	if other := a.kernel.otherDialect(a, s, r); other != nil {
		a.refuse(w, r, switchboard.Ef(switchboard.Forbidden, "wrong-dialect",
			"this token speaks the %s dialect; what you ask for is under %s", a.opts.Dialect, other.opts.Prefix))
		return
	}
	a.refuse(w, r, errNoPath)
}

// enter is what happens to every request before its operation runs.
func (rt *route) enter(w http.ResponseWriter, r *http.Request, next http.HandlerFunc) {
	s := stateOf(r.Context())
	s.pattern = rt.pattern
	if err := rt.admit(s, r); err != nil {
		if switchboard.KindOf(err) == switchboard.Unauthorized && s.toLogin(w, r) {
			return
		}
		rt.api.refuse(w, r, err)
		return
	}
	w.Header().Set("Cache-Control", "no-store") // answers depend on who asks; a handler may say otherwise
	if r.Body != nil && r.Body != http.NoBody && rt.op.MaxBody > 0 {
		r.Body = http.MaxBytesReader(w, s.body, rt.op.MaxBody)
	}
	if _, is := multipartBoundary(r); is && rt.op.Receive != nil {
		w, r = Transfer(w, r, receiveIdle)
		if rt.op.Discard != nil {
			defer rt.discard(r.Context(), s)
		}
	}
	if rt.decoder != nil {
		canonical, err := rt.decoder.canonical(r, s)
		if err != nil {
			rt.api.refuse(w, r, err)
			return
		}
		r = canonical
	}
	next(w, r)
}

// admit checks who asks, whether they may, and how often.
func (rt *route) admit(s *state, r *http.Request) error {
	err := s.ask(r)
	switch {
	case err != nil && rt.op.Anonymous && switchboard.KindOf(err) == switchboard.Unauthorized:
	case err != nil:
		return err
	}
	if rt.op.Anonymous && s.cookie && s.sameSite(r) != nil {
		s.principal, s.cookie = switchboard.Principal{}, false // a stranger may do this; the visitor's rights stay out of it
	}
	if err := s.sameSite(r); err != nil {
		return err
	}
	if err := rt.permit(s); err != nil {
		return err
	}
	return rt.api.throttle(s, r)
}

// permit checks the dialect, the permission and the role.
func (rt *route) permit(s *state) error {
	p := s.principal
	if rt.op.Anonymous {
		return nil
	}
	if d := rt.api.opts.Dialects; s.shared == "" && d != nil && !slices.Contains(d, p.Dialect) {
		return switchboard.Ef(switchboard.Forbidden, "wrong-dialect", "a token of the %s dialect is not good for this", p.Dialect)
	}
	if rt.op.Scope != "" {
		if err := p.Require(rt.op.Scope); err != nil {
			return scopeError{err, string(rt.op.Scope)}
		}
	}
	if rt.op.Admin {
		return p.RequireAdmin()
	}
	return nil
}

func (a *API) throttle(s *state, r *http.Request) error {
	if a.opts.Limiter == nil {
		return nil
	}
	key := "address " + ClientIP(r).String()
	if s.principal.Known() {
		key = "account " + strconv.FormatInt(int64(s.principal.Account), 10)
	}
	if ok, wait := a.opts.Limiter.Allow(key); !ok {
		return WithRetryAfter(switchboard.E(switchboard.TooMany, "too-many-requests", "too many requests; try again later"), wait)
	}
	return nil
}

// refuse answers with an error in the dialect's shape.
func (a *API) refuse(w http.ResponseWriter, r *http.Request, err error) {
	p := newProblem(err, &a.opts.Errors, RequestID(r.Context()))
	p.log(a.kernel)
	p.write(w)
}

// problem is a handler's error, for huma to write.
func (a *API) problem(ctx context.Context, err error) *Problem {
	if ctx.Err() != nil && switchboard.KindOf(err) == switchboard.Internal {
		err = switchboard.E(switchboard.Unavailable, "canceled", "the request was given up").Because(err)
	}
	p := newProblem(err, &a.opts.Errors, RequestID(ctx))
	p.log(a.kernel)
	return p
}

// noBody stands for an answer without a body.
type noBody struct{}

// transform turns a Problem into what the dialect writes.
func (a *API) transform(ctx huma.Context, _ string, v any) (any, error) {
	p, ok := v.(*Problem)
	if !ok {
		return v, nil
	}
	_, w := humago.Unwrap(ctx)
	p.setHeaders(w.Header())
	if body := p.shape(); body != nil {
		return body, nil
	}
	w.Header().Del("Content-Type")
	return noBody{}, nil
}
