package node

import (
	"context"
	"io/fs"
	"net/http"
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
		mux.Handle(prefix, http.RedirectHandler(prefix+"/", http.StatusMovedPermanently))
	}
	site("/console", ui.Console(), web.StaticOptions{SPA: "index.html"})
	site("/demo", ui.Demo(), web.StaticOptions{})
	site("/widget", ui.Widget(), web.StaticOptions{Anywhere: true})
	site("/api", ui.Portal(), web.StaticOptions{})
	mux.Handle("GET /{$}", http.RedirectHandler("/console/", http.StatusFound))
	mux.Handle("GET /metrics", n.Stats.Handler())
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) {
		web.WriteJSON(w, http.StatusOK, map[string]string{"status": "ok"})
	})
	mux.HandleFunc("GET /readyz", n.readyz)
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
