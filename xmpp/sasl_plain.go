package xmpp

import (
	"bytes"
	"unicode/utf8"

	"switchboard"
	"switchboard/stanza"
)

// PLAIN (RFC 4616).
var _ = registerSASL(saslKind{name: "PLAIN", rank: 90, clear: true,
	start: func(s *stream) mechanism { return saslPlain{s} }})

type saslPlain struct{ s *stream }

func (m saslPlain) step(in []byte) ([]byte, *switchboard.Principal, error) {
	parts := bytes.Split(in, []byte{0})
	if len(parts) != 3 || len(parts[1]) == 0 || len(parts[2]) == 0 || !utf8.Valid(in) {
		return nil, nil, fail(stanza.SASLMalformedRequest, "")
	}
	ctx, cancel := authContext()
	defer cancel()
	p, err := m.s.server.opts.Auth.Password(ctx, m.s.talk.domain, string(parts[1]), string(parts[2]), m.s.link.remote().String())
	if err != nil {
		return nil, nil, err
	}
	who, err := m.s.mayChat(p, string(parts[0]))
	return nil, who, err
}
