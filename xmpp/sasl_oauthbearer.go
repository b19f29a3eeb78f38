package xmpp

import (
	"bytes"
	"strings"

	"switchboard"
	"switchboard/stanza"
)

// OAUTHBEARER (RFC 7628): an access token of ours instead of a password.
var _ = registerSASL(saslKind{name: "OAUTHBEARER", rank: 80,
	start: func(s *stream) mechanism { return &saslBearer{s: s} }})

type saslBearer struct {
	s      *stream
	failed error // told after the client has seen why (RFC 7628 §3.2.3)
}

// invalidToken is the error challenge (RFC 7628 §3.2.2).
const invalidToken = `{"status":"invalid_token","scope":"chat"}`

func (m *saslBearer) step(in []byte) ([]byte, *switchboard.Principal, error) {
	if m.failed != nil {
		return nil, nil, m.failed
	}
	authzid, token, err := parseBearer(in)
	if err != nil {
		return nil, nil, err
	}
	ctx, cancel := authContext()
	defer cancel()
	p, err := m.s.server.opts.Auth.Verify(ctx, token)
	if err == nil {
		var who *switchboard.Principal
		if who, err = m.s.mayChat(p, authzid); err == nil {
			return nil, who, nil
		}
	}
	m.failed = failureOf(err)
	return []byte(invalidToken), nil, nil
}

// parseBearer reads the client's message (RFC 7628 §3.1):
// n,a=user@domain,^Ahost=…^Aauth=Bearer token^A^A
func parseBearer(in []byte) (authzid, token string, err error) {
	malformed := fail(stanza.SASLMalformedRequest, "")
	header, rest, ok := bytes.Cut(in, []byte{1})
	if !ok || !bytes.HasSuffix(rest, []byte{1, 1}) {
		return "", "", malformed
	}
	gs2 := strings.Split(string(header), ",")
	if len(gs2) != 3 || gs2[0] != "n" && gs2[0] != "y" || gs2[2] != "" {
		return "", "", malformed
	}
	if gs2[1] != "" {
		name, found := strings.CutPrefix(gs2[1], "a=")
		if !found {
			return "", "", malformed
		}
		authzid = strings.NewReplacer("=2C", ",", "=3D", "=").Replace(name) // RFC 5801 §4
	}
	for _, pair := range bytes.Split(bytes.TrimSuffix(rest, []byte{1, 1}), []byte{1}) {
		key, value, _ := strings.Cut(string(pair), "=")
		if key != "auth" {
			continue
		}
		scheme, t, _ := strings.Cut(value, " ")
		if token != "" || !strings.EqualFold(scheme, "Bearer") {
			return "", "", malformed
		}
		token = strings.TrimSpace(t)
	}
	if token == "" {
		return "", "", malformed
	}
	return authzid, token, nil
}
