package web

import (
	"net/http"
	"strings"
)

// CORS lets pages of other origins call h with a token; "*" means any. Cookies
// never count there: Access-Control-Allow-Credentials is not sent (Fetch
// §3.2). Without origins h is returned as it is.
func CORS(h http.Handler, origins ...string) http.Handler {
	if len(origins) == 0 {
		return h
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		header := w.Header()
		header.Add("Vary", "Origin")
		allowed := allowedOrigin(r.Header.Get("Origin"), origins)
		if allowed != "" {
			header.Set("Access-Control-Allow-Origin", allowed)
			header.Set("Access-Control-Expose-Headers", "X-Error-Code, X-Request-Id, Retry-After, WWW-Authenticate, ETag, "+
				"Content-Disposition, Content-Range, Upload-Offset, Upload-Length, Tus-Resumable")
			header.Set("Cross-Origin-Resource-Policy", "cross-origin")
		}
		if r.Method != http.MethodOptions || r.Header.Get("Access-Control-Request-Method") == "" {
			h.ServeHTTP(w, r)
			return
		}
		if allowed != "" {
			header.Set("Access-Control-Allow-Methods", "GET, POST, PUT, DELETE, PATCH")
			header.Set("Access-Control-Allow-Headers", "Authorization, Content-Type, Last-Event-ID, X-Request-Id, X-Requested-With, "+
				"Range, If-Range, If-None-Match, Upload-Offset, Tus-Resumable")
			header.Set("Access-Control-Max-Age", "3600")
		}
		w.WriteHeader(http.StatusNoContent)
	})
}

// allowedOrigin is what Access-Control-Allow-Origin says, "" for nothing.
func allowedOrigin(origin string, origins []string) string {
	for _, o := range origins {
		switch {
		case origin == "":
			return ""
		case o == "*":
			return "*"
		case strings.EqualFold(o, origin):
			return origin
		}
	}
	return ""
}
