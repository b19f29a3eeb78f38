package xmpp

import (
	"strconv"
	"time"

	"switchboard/stanza"
)

// When somebody was last here, for those who see their presence (XEP-0012 §4),
// and how long the server has been up (§5).
var _ = register(extension{Spec: "XEP-0012", Title: "Last Activity", Version: "2.0",
	Feature: map[string]entity{stanza.NSLast: onServer | onAccount},
	IQ:      []iqRoute{{stanza.Get, stanza.NSLast, "query", onServer | onSelf | onAccount, lastActivity}},
})

var started = time.Now()

func lastActivity(rq *request) ([]byte, error) {
	var seconds time.Duration
	switch rq.on {
	case onServer:
		seconds = time.Since(started)
	case onAccount:
		if err := rq.subscribed(); err != nil {
			return nil, err
		}
		at, err := rq.chat().LastSeen(rq.ctx, rq.who(), rq.h.To)
		if err != nil {
			return nil, err
		}
		if !at.IsZero() {
			seconds = max(rq.r.server.opts.Now().Sub(at), 0)
			break
		}
		if here, err := rq.chat().Online(rq.ctx, rq.who(), rq.h.To); err != nil || !here { // never seen yet
			return nil, stanza.NewError(stanza.ItemNotFound, "")
		}
	}
	w := stanza.NewWriter(nil)
	return w.Empty("query", "xmlns", stanza.NSLast, "seconds", strconv.Itoa(int(seconds/time.Second))).Bytes(), nil
}
