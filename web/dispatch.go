package web

import (
	"net/http"
	"net/url"
	"strings"

	"switchboard"
)

// mount leads the prefixes to the APIs and the documents to their handlers.
func (k *Kernel) mount() {
	shared := map[string][]*API{}
	for _, a := range k.apis {
		k.mux.Handle(a.opts.Prefix+"/", stripped(a.opts.Prefix, a.ServeHTTP))
		if a.opts.Shared != "" {
			shared[a.opts.Shared] = append(shared[a.opts.Shared], a)
		}
	}
	for prefix, apis := range shared {
		k.mux.Handle(prefix+"/", stripped(prefix, func(w http.ResponseWriter, r *http.Request) {
			stateOf(r.Context()).shared = prefix
			dispatch(apis, r).ServeHTTP(w, r)
		}))
	}
	if len(k.apis) > 0 {
		k.mountDocuments()
	}
}

// stripped hands a request on without the prefix of its path.
func stripped(prefix string, next http.HandlerFunc) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		u := *r.URL
		u.Path = strings.TrimPrefix(u.Path, prefix)
		u.RawPath = strings.TrimPrefix(u.RawPath, prefix)
		inner := *r
		inner.URL = &u
		next(w, &inner)
	})
}

// dispatch says which of the dialects that share a prefix a request means.
//
//  1. An operation that needs no token, spelled as documented, is itself:
//     POST /login reaches its handler whatever token comes along.
//  2. Else the dialect of a valid token. Browsers that are signed in speak the
//     Public API.
//  3. Else, for the shape of the 401 and of CORS preflights, the documented
//     spelling: the dialect that knows this path and method so, then this
//     path, then its first word, then the path without regard to case.
func dispatch(apis []*API, r *http.Request) *API {
	method := r.Method
	preflight := r.Header.Get("Access-Control-Request-Method")
	if method == http.MethodOptions && preflight != "" {
		method = preflight
	}
	for _, a := range apis {
		if rt, _, exact := a.lookup(method, r.URL); exact && rt != nil && rt.op.Anonymous {
			return a
		}
	}
	s := stateOf(r.Context())
	if r.Method != http.MethodOptions && s.ask(r) == nil {
		for _, a := range apis {
			if a.opts.Dialect == s.principal.Dialect {
				return a
			}
		}
	}
	return spelled(apis, method, r.URL)
}

// spelled is step 3 of dispatch.
func spelled(apis []*API, method string, u *url.URL) *API {
	best, points := apis[0], -1
	for _, a := range apis {
		rt, canonical, exact := a.lookup(method, u)
		score := 0
		switch {
		case exact && rt != nil:
			score = 4
		case exact:
			score = 3
		case a.paths.first(u.EscapedPath()):
			score = 2
		case canonical != nil:
			score = 1
		}
		if score > points {
			best, points = a, score
		}
	}
	return best
}

// otherDialect is a dialect beside a that has what r asks for, spelled as
// documented: then the token, not the path, is the wrong one.
func (k *Kernel) otherDialect(a *API, s *state, r *http.Request) *API {
	if s.shared == "" {
		return nil
	}
	for _, other := range k.apis {
		if other == a || other.opts.Shared != s.shared {
			continue
		}
		if rt, _, exact := other.lookup(r.Method, r.URL); exact && rt != nil {
			return other
		}
	}
	return nil
}

// DialectAt is the dialect whose shape an answer at this path has when nobody
// is signed in; "" outside the APIs.
func (k *Kernel) DialectAt(method, path string) switchboard.Dialect {
	var sharing []*API
	prefix := ""
	for _, a := range k.apis {
		if _, ok := strings.CutPrefix(path, a.opts.Prefix+"/"); ok {
			return a.opts.Dialect
		}
		if a.opts.Shared != "" && strings.HasPrefix(path, a.opts.Shared+"/") {
			sharing, prefix = append(sharing, a), a.opts.Shared
		}
	}
	if sharing == nil {
		return ""
	}
	return spelled(sharing, method, &url.URL{Path: strings.TrimPrefix(path, prefix)}).opts.Dialect
}
