package xmpp

import (
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"strings"

	"github.com/xdg-go/scram"

	"switchboard"
	"switchboard/auth"
	"switchboard/stanza"
)

// SCRAM (RFC 5802, RFC 7677), with and without channel binding (RFC 5929,
// RFC 9266).
func init() {
	for i, v := range []struct {
		name string
		hash scram.HashGeneratorFcn
	}{{"SHA-256", scram.SHA256}, {"SHA-1", scram.SHA1}} {
		registerSASL(saslKind{name: "SCRAM-" + v.name + "-PLUS", rank: 10 + i, bind: true,
			start: func(s *stream) mechanism { return &saslSCRAM{s: s, hash: v.hash, name: v.name, plus: true} }})
		registerSASL(saslKind{name: "SCRAM-" + v.name, rank: 20 + i,
			start: func(s *stream) mechanism { return &saslSCRAM{s: s, hash: v.hash, name: v.name} }})
	}
}

// saslSCRAM is one exchange. An account has several passwords (its own, and
// one for each device) under one salt, and the client does not say which it
// will prove. So one conversation is kept for each; the client's proof fits
// one of them.
type saslSCRAM struct {
	s     *stream
	hash  scram.HashGeneratorFcn
	name  string
	plus  bool
	first string // the client's first message
	nonce string
	user  string
	keys  auth.SCRAMCandidates
	convs []*scram.ServerConversation
}

func (m *saslSCRAM) step(in []byte) ([]byte, *switchboard.Principal, error) {
	if m.convs == nil {
		out, err := m.begin(string(in))
		return out, nil, err
	}
	return m.end(string(in))
}

// binding is the channel binding that the exchange may use. ok is false when
// the client asks for one that is not offered, or in the wrong mechanism.
func (m *saslSCRAM) binding(first string) (cb scram.ChannelBinding, ok bool) {
	offered := m.s.bindings()
	flag, _, _ := strings.Cut(first, ",")
	wanted, asks := strings.CutPrefix(flag, "p=")
	if asks != m.plus {
		return cb, false
	}
	for _, b := range offered {
		if !asks || string(b.Type) == wanted {
			return b, true
		}
	}
	return cb, !asks
}

// begin answers the client's first message.
func (m *saslSCRAM) begin(first string) ([]byte, error) {
	cb, ok := m.binding(first)
	if !ok {
		return nil, fail(stanza.SASLMalformedRequest, "this channel binding is not offered")
	}
	var raw [18]byte
	rand.Read(raw[:])
	m.first, m.nonce = first, base64.StdEncoding.EncodeToString(raw[:])
	var refused error
	lead, err := m.conversation(cb, func(user string) (scram.StoredCredentials, error) {
		if refused = m.lookUp(user); refused != nil {
			return scram.StoredCredentials{}, refused
		}
		return m.credentials(0), nil
	})
	if err != nil {
		return nil, failureOf(err)
	}
	out, err := lead.Step(first)
	switch {
	case refused != nil:
		return nil, failureOf(refused)
	case err != nil && out == "":
		return nil, fail(stanza.SASLMalformedRequest, "")
	case err != nil: // a client that saw no -PLUS although it was offered, above all
		return nil, fail(stanza.SASLNotAuthorized, strings.TrimPrefix(out, "e="))
	}
	if err := m.authzid(lead.AuthzID()); err != nil {
		return nil, err
	}
	m.convs = append(m.convs, lead)
	for i := 1; i < len(m.keys.Candidates); i++ {
		c, err := m.conversation(cb, func(string) (scram.StoredCredentials, error) { return m.credentials(i), nil })
		if err != nil {
			return nil, failureOf(err)
		}
		if _, err := c.Step(first); err != nil {
			return nil, failureOf(err)
		}
		m.convs = append(m.convs, c)
	}
	return []byte(out), nil
}

// lookUp asks auth for the keys of a name.
func (m *saslSCRAM) lookUp(user string) (err error) {
	m.user = user
	if err := m.s.server.opts.Auth.Throttled(m.s.talk.domain, user, m.s.link.remote().String()); err != nil {
		return err
	}
	ctx, cancel := authContext()
	defer cancel()
	m.keys, err = m.s.server.opts.Auth.SCRAM(ctx, m.s.talk.domain, user)
	return err
}

func (m *saslSCRAM) credentials(i int) scram.StoredCredentials {
	k := m.keys.Candidates[i].SHA1
	if m.name == "SHA-256" {
		k = m.keys.Candidates[i].SHA256
	}
	return scram.StoredCredentials{KeyFactors: scram.KeyFactors{Salt: string(m.keys.Salt), Iters: m.keys.Iterations},
		StoredKey: k.StoredKey, ServerKey: k.ServerKey}
}

func (m *saslSCRAM) conversation(cb scram.ChannelBinding, look scram.CredentialLookup) (*scram.ServerConversation, error) {
	server, err := m.hash.NewServer(look)
	if err != nil {
		return nil, err
	}
	server.WithNonceGenerator(func() string { return m.nonce })
	switch {
	case m.plus:
		return server.NewConversationWithChannelBindingRequired(cb), nil
	case cb.IsSupported(): // -PLUS was offered: a client that says it was not has been lied to
		return server.NewConversationWithChannelBinding(cb), nil
	}
	return server.NewConversation(), nil
}

// authzid refuses to act as somebody else before there is anything to prove.
func (m *saslSCRAM) authzid(id string) error {
	if id == "" {
		return nil
	}
	j, err := switchboard.ParseJID(id)
	if err == nil && (j.Local == m.user || m.user == j.String()) && j.Domain == m.s.talk.domain && j.IsBare() {
		return nil // compared with the account's own address in the end
	}
	return fail(stanza.SASLInvalidAuthzid, "you can only be yourself")
}

// end checks the client's proof.
func (m *saslSCRAM) end(final string) ([]byte, *switchboard.Principal, error) {
	malformed := true
	for i, c := range m.convs {
		out, err := c.Step(final)
		if err != nil {
			malformed = malformed && out == ""
			continue
		}
		if !m.keys.Known {
			break
		}
		return m.proved([]byte(out), i)
	}
	if malformed {
		return nil, nil, fail(stanza.SASLMalformedRequest, "")
	}
	m.s.server.opts.Auth.LoginFailed(m.s.talk.domain, m.user, m.s.link.remote().String())
	return nil, nil, fail(stanza.SASLNotAuthorized, "the name or the password is wrong")
}

func (m *saslSCRAM) proved(out []byte, i int) ([]byte, *switchboard.Principal, error) {
	ctx, cancel := authContext()
	defer cancel()
	p, err := m.s.server.opts.Auth.PrincipalFor(ctx, m.s.talk.domain, m.user, m.keys.Candidates[i].Device)
	if err != nil {
		return nil, nil, err
	}
	who, err := m.s.mayChat(p, m.convs[i].AuthzID())
	return out, who, err
}

// bindings are the channel bindings of this stream, the best first. They exist
// only where our own TLS ends.
func (s *stream) bindings() (list []scram.ChannelBinding) {
	st := s.link.secure()
	if st == nil {
		return nil
	}
	if st.Version >= tls.VersionTLS13 { // RFC 9266 §2
		if b, err := scram.NewTLSExporterBinding(st); err == nil {
			list = append(list, b)
		}
	}
	if c := s.server.certificate(); c != nil { // RFC 5929 §4
		if b, err := scram.NewTLSServerEndpointBinding(&tls.ConnectionState{PeerCertificates: []*x509.Certificate{c}}); err == nil {
			list = append(list, b)
		}
	}
	return list
}
