package xmpp

import (
	"strings"

	"switchboard/chat"
	"switchboard/stanza"
)

// The name that somebody wants to be called by, as a node of personal eventing
// (XEP-0172 §4.1). It is the profile's name.
var (
	_ = register(extension{Spec: "XEP-0172", Title: "User Nickname", Version: "1.1",
		Feature: map[string]entity{stanza.NSNick: onServer}})
	_ = registerView(view{Node: stanza.NSNick, take: takeNick, renew: renewNick,
		drop: func(rq *request) error { return changeProfile(rq, func(p *chat.Profile) { p.Name = "" }) }})
)

func takeNick(rq *request, _ string, payload stanza.Element) ([]byte, error) {
	if !payload.Is(stanza.NSNick, "nick") {
		return nil, pubsubError(stanza.BadRequest, "invalid-payload", "this node holds a nick")
	}
	name := strings.TrimSpace(payload.Text())
	return payload.Append(nil), changeProfile(rq, func(p *chat.Profile) { p.Name = name })
}

func renewNick(v *shown) error {
	var p stanza.Parser
	defer p.Close()
	id, nick, err := v.item(&p, stanza.NSNick)
	name := v.person.Profile.Name
	switch {
	case err != nil || strings.TrimSpace(nick.Text()) == name && (name == "" || !nick.IsZero()):
		return err
	case name == "":
		return v.srv.opts.Chat.Retract(v.ctx, v.who, stanza.NSNick, id, true)
	}
	return v.publish(stanza.NSNick, "current", stanza.NewWriter(nil).Leaf("nick", name, "xmlns", stanza.NSNick).Bytes())
}
