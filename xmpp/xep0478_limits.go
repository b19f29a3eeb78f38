package xmpp

import "strconv"

// The largest stanza, told in the stream features.
var _ = register(extension{Spec: "XEP-0478", Title: "Stream Limits Advertisement", Version: "0.2.0",
	Offer: func(s *stream, dst []byte) []byte {
		dst = append(dst, "<limits xmlns='urn:xmpp:stream-limits:0'><max-bytes>"...)
		dst = strconv.AppendInt(dst, int64(s.server.opts.MaxStanza), 10)
		return append(dst, "</max-bytes></limits>"...)
	},
})
