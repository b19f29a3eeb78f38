package xmpp

import (
	"context"

	"switchboard/chat"
	"switchboard/stanza"
)

// Avatars in vCards: presence tells the hash of the picture. The server writes
// it in the client's name (XEP-0398 §4), in every available presence.
var (
	_ = register(extension{Spec: "XEP-0153", Title: "vCard-Based Avatars", Version: "1.1.1"})
	_ = register(extension{Spec: "XEP-0398", Title: "User Avatar to vCard-Based Avatars Conversion", Version: "1.0.0",
		Feature: map[string]entity{"urn:xmpp:pep-vcard-conversion:0": onSelf}})
)

// avatarHash is the hash of the account's picture, "" if it has none. It is
// looked up once, and then kept up to date by the account's own events.
func (a *account) avatarHash(ctx context.Context) string {
	if h := a.avatar.Load(); h != nil {
		return *h
	}
	picture, err := a.server.opts.Chat.Picture(ctx, *a.who, a.bare)
	if err != nil {
		a.server.log.Warn("presence goes without the hash of a picture", "jid", a.bare.String(), "error", err)
		return ""
	}
	a.avatar.CompareAndSwap(nil, &picture.SHA1)
	if h := a.avatar.Load(); h != nil { // an event may have been faster
		return *h
	}
	return picture.SHA1
}

// photo is what presence says of the picture: one without a hash says that there
// is none (XEP-0153 §3.1).
func photo(hash string) []byte {
	if hash == "" {
		return noPicture
	}
	dst := append(make([]byte, 0, 96), "<x xmlns='vcard-temp:x:update'><photo>"...)
	return append(stanza.AppendEscaped(dst, hash), "</photo></x>"...)
}

var noPicture = []byte("<x xmlns='vcard-temp:x:update'><photo/></x>")

// withPhoto adds to the edits of an available presence what it has to say of the
// picture. Only a client that says that there is no picture has its way (own,
// XEP-0398 §4).
func withPhoto(e stanza.Element, hash string, edits ...stanza.Edit) (all []stanza.Edit, own bool) {
	said := e.Child(stanza.NSVCardUpdate, "x").Child("", "photo")
	if !said.IsZero() && len(said.TextBytes()) == 0 && said.Count() == 0 {
		return edits, true
	}
	return append(edits, stanza.DropChild(stanza.NSVCardUpdate, "x"), stanza.AddChild(photo(hash))), false
}

// avatarEvent hears that the account's avatar has changed: those who see its
// presence are told the new hash (XEP-0153 §3.2).
func (a *account) avatarEvent(v *chat.PEPEvent) {
	hash := ""
	if len(v.Items) > 0 {
		var p stanza.Parser
		defer p.Close()
		metadata, err := p.Parse(v.Items[0].Payload)
		if err != nil {
			return
		}
		hash = infoOf(metadata).Attr("id")
	}
	if old := a.avatar.Swap(&hash); old != nil && *old == hash {
		return
	}
	for _, r := range a.list() {
		if raw := r.rehash(hash); raw != nil {
			go r.repeatPresence(raw) // it asks the database
		}
	}
}

// rehash writes another hash into the resource's presence. It returns the
// presence, nil if it has none or it stays as it was.
func (r *resource) rehash(hash string) []byte {
	var p stanza.Parser
	defer p.Close()
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.presence == nil {
		return nil
	}
	e, err := p.Parse(r.presence)
	if err != nil {
		return nil
	}
	own := e.Child(stanza.NSVCardUpdate, "x").Child("", "photo")
	if r.noPhoto || own.Text() == hash {
		return nil
	}
	r.presence = e.Append(nil, stanza.DropChild(stanza.NSVCardUpdate, "x"), stanza.AddChild(photo(hash)))
	return r.presence
}
