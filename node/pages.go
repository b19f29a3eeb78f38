package node

import (
	"context"
	"io/fs"
	"net/http"
	"net/url"
	"strings"
	"time"

	"switchboard/store"
	"switchboard/ui"
	"switchboard/web"
)

// pages mounts what is no API: the embedded builds, the socket, and what
// machines ask.
func (n *Node) pages() {
	mux := n.kernel.Mux()
	mux.Handle("/xmpp-websocket", n.xmpp.WebSocket())
	site := func(prefix string, files fs.FS, o web.StaticOptions) {
		mux.Handle(prefix+"/", http.StripPrefix(prefix, web.Static(files, o)))
		mux.HandleFunc(prefix, func(w http.ResponseWriter, r *http.Request) {
			to := url.URL{Path: prefix + "/", RawQuery: r.URL.RawQuery}
			http.Redirect(w, r, to.String(), http.StatusMovedPermanently)
		})
	}
	site("/console", ui.Console(), web.StaticOptions{SPA: "index.html"})
	site("/demo", ui.Demo(), web.StaticOptions{CSP: withPublic(web.PageCSP, n.Info.URL)})
	site("/widget", ui.Widget(), web.StaticOptions{Anywhere: true})
	site("/api", ui.Portal(), web.StaticOptions{})
	mux.Handle("GET /{$}", http.RedirectHandler("/console/", http.StatusFound))
	mux.HandleFunc("GET /metrics", n.metrics)
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) {
		web.WriteJSON(w, http.StatusOK, map[string]string{"status": "ok"})
	})
	mux.HandleFunc("GET /readyz", n.readyz)
}

// withPublic adds the server's public address to what a page may connect to
// and show: sockets and files have it in their addresses, and the page itself
// may have been opened under another, such as localhost.
func withPublic(policy, public string) string {
	u, err := url.Parse(public)
	if err != nil || u.Host == "" {
		return policy
	}
	site := u.Scheme + "://" + u.Host
	policy = strings.NewReplacer("img-src 'self'", "img-src 'self' "+site, "media-src 'self'", "media-src 'self' "+site).Replace(policy)
	return policy + "; connect-src 'self' " + site + " ws" + strings.TrimPrefix(u.Scheme, "http") + "://" + u.Host
}

// metrics answers this machine, and administrators from elsewhere: figures tell
// strangers how busy a company is.
func (n *Node) metrics(w http.ResponseWriter, r *http.Request) {
	if !web.ClientIP(r).IsLoopback() {
		if p, err := n.kernel.Principal(r); err != nil || !p.Admin {
			http.Error(w, "metrics are for this machine and for administrators", http.StatusForbidden)
			return
		}
	}
	n.Stats.Handler().ServeHTTP(w, r)
}

// readyz answers 200 while the store answers and the other nodes are in reach.
func (n *Node) readyz(w http.ResponseWriter, r *http.Request) {
	ctx, cancel := context.WithTimeout(r.Context(), 2*time.Second)
	defer cancel()
	err := n.Store.Read(ctx, func(tx *store.Tx) error { _, err := tx.LastPosition(); return err })
	status, code := "ok", http.StatusOK
	switch {
	case err != nil:
		status, code = "the database does not answer", http.StatusServiceUnavailable
	case !n.Bus.Connected():
		status, code = "no connection to the other nodes", http.StatusServiceUnavailable
	}
	web.WriteJSON(w, code, map[string]string{"status": status})
}
