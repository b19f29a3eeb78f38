package xmpp

import (
	"maps"
	"slices"

	"switchboard/chat"
	"switchboard/stanza"
)

// nsNotice is our own namespace for what has no specification: notices to
// streams that want them, and why the server has ended a stream.
const nsNotice = "urn:switchboard:notice:0"

// Notices are headlines from the domain. They are never archived, and held back
// for nobody: who was away asks for what it shows anew.
var _ = register(extension{Spec: "Switchboard 1", Title: "Notices: what has changed, and why a stream ends", Version: "0",
	Feature: map[string]entity{nsNotice: onServer | onSelf},
	IQ: []iqRoute{
		{stanza.Set, nsNotice, "enable", onServer | onSelf, wantNotices(true)},
		{stanza.Set, nsNotice, "disable", onServer | onSelf, wantNotices(false)},
	},
})

func wantNotices(on bool) func(*request) ([]byte, error) {
	return func(rq *request) ([]byte, error) {
		rq.r.mu.Lock()
		rq.r.notices = on
		rq.r.mu.Unlock()
		return nil, nil
	}
}

// showNotice hands a notice to the resources that want to know.
func (a *account) showNotice(v *chat.Notice) {
	var raw []byte
	for _, r := range a.list() {
		r.mu.Lock()
		if r.notices {
			if raw == nil {
				raw = noticeMessage(a.bare.Domain, v)
			}
			r.sendLocked(&item{raw: raw, head: stanza.AppendAttr(nil, "to", r.jid.String()), what: light})
		}
		r.mu.Unlock()
	}
}

func noticeMessage(domain string, v *chat.Notice) []byte {
	w := stanza.NewWriter(nil).Start("message", "type", stanza.Headline, "from", domain)
	w.Start("notice", "xmlns", nsNotice, "kind", v.Kind).JID("jid", v.JID)
	for _, name := range slices.Sorted(maps.Keys(v.Fields)) {
		w.Leaf("field", v.Fields[name], "name", name)
	}
	return w.Bytes()
}

// Why the server ends streams, for clients that tell their users.
const (
	EndedDeviceReplaced  = "device-replaced"
	EndedDeviceRevoked   = "device-revoked"
	EndedAccountBlocked  = "account-blocked"
	EndedAccountDeleted  = "account-deleted"
	EndedPasswordChanged = "password-changed"
)

// ended is the application-specific condition (RFC 6120 §4.9.4) of a stream error
// that tells why; nil where there is nothing to tell.
func ended(code string) []byte {
	if code == "" {
		return nil
	}
	return stanza.NewWriter(nil).Empty("ended", "xmlns", nsNotice, "code", code).Bytes()
}
