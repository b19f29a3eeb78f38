package xmpp

import (
	"time"

	"switchboard/stanza"
)

// The server's time.
var _ = register(extension{Spec: "XEP-0202", Title: "Entity Time", Version: "2.0",
	Feature: map[string]entity{stanza.NSTime: onServer},
	IQ:      []iqRoute{{stanza.Get, stanza.NSTime, "time", onServer, entityTime}},
})

func entityTime(rq *request) ([]byte, error) {
	now := rq.r.server.opts.Now().UTC().Truncate(time.Second)
	w := stanza.NewWriter(nil)
	return w.Start("time", "xmlns", stanza.NSTime).Leaf("tzo", "+00:00").Leaf("utc", stanza.FormatTime(now)).End().Bytes(), nil
}
