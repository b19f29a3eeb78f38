package xmpp

import (
	"encoding/base64"
	"strings"

	"switchboard/chat"
	"switchboard/stanza"
)

const (
	nsVCard4   = "urn:ietf:params:xml:ns:vcard-4.0"
	nodeVCard4 = "urn:xmpp:vcard4"
)

// vCards in the format of RFC 6350 and RFC 6351, as a node of personal eventing.
// The profile is what counts for the name, the first e-mail address and
// telephone number, and the note.
var (
	_ = register(extension{Spec: "XEP-0292", Title: "vCard4 Over XMPP", Version: "0.12",
		Feature: map[string]entity{nsVCard4: onServer}})
	_ = registerView(view{Node: nodeVCard4, take: takeVCard4, renew: renewVCard4})
)

// value is what a property of a vCard4 holds: a text or an address.
func vcard4Value(e stanza.Element, property string) string {
	p := e.Child(nsVCard4, property)
	if uri := strings.TrimSpace(p.Child(nsVCard4, "uri").Text()); uri != "" {
		for _, scheme := range []string{"tel:", "mailto:"} {
			if rest, ok := strings.CutPrefix(uri, scheme); ok {
				return rest
			}
		}
		return uri
	}
	return strings.TrimSpace(p.Child(nsVCard4, "text").Text())
}

func vcard4Profile(e stanza.Element) (p chat.Profile) {
	if p.Name = vcard4Value(e, "fn"); p.Name == "" {
		p.Name = vcard4Value(e, "nickname")
	}
	p.Email, p.Mobile, p.Status = vcard4Value(e, "email"), vcard4Value(e, "tel"), vcard4Value(e, "note")
	return p
}

// takeVCard4 makes the profile what a vCard says. A photo in it becomes the
// account's picture, which has a node of its own.
func takeVCard4(rq *request, _ string, payload stanza.Element) ([]byte, error) {
	if !payload.Is(nsVCard4, "vcard") {
		return nil, pubsubError(stanza.BadRequest, "invalid-payload", "this node holds a vCard")
	}
	change := chat.ProfileChange{Fields: saying(vcard4Profile(payload))}
	if _, data, ok := strings.Cut(vcard4Value(payload, "photo"), ";base64,"); ok {
		image, err := base64.StdEncoding.DecodeString(strings.TrimSpace(data))
		if err != nil {
			return nil, stanza.NewError(stanza.BadRequest, "the image is not in base64")
		}
		if err := takePicture(rq, image, &change); err != nil {
			return nil, err
		}
	}
	_, err := rq.chat().ChangeProfile(rq.ctx, rq.who(), rq.r.who.Account, change)
	return payload.Append(nil, stanza.DropChild("", "photo")), err
}

func renewVCard4(v *shown) error {
	var p stanza.Parser
	defer p.Close()
	id, e, err := v.item(&p, nodeVCard4)
	is, was := v.person.Profile, vcard4Profile(e)
	if err != nil || was.Name == is.Name && was.Email == is.Email && was.Mobile == is.Mobile && was.Status == is.Status {
		return err
	}
	if id == "" {
		id = "current"
	}
	w := stanza.NewWriter(nil).Start("vcard", "xmlns", nsVCard4)
	has := map[string]bool{}
	for c := range e.Children() {
		name := c.Name()
		now, ours := map[string]string{"fn": is.Name, "email": is.Email, "tel": is.Mobile, "note": is.Status}[name]
		if c.Namespace() != nsVCard4 {
			w.Element(c, stanza.Within(nsVCard4))
			continue
		}
		switch {
		case !ours || has[name]:
			if name != "nickname" || was.Name == is.Name { // it belonged to another name
				w.Element(c, stanza.Within(nsVCard4))
			}
		case vcard4Value(e, name) == now:
			w.Element(c, stanza.Within(nsVCard4))
		default:
			writeProperty(w, name, now)
		}
		has[name] = true
	}
	for _, name := range []string{"fn", "email", "tel", "note"} {
		if !has[name] {
			writeProperty(w, name, map[string]string{"fn": is.Name, "email": is.Email, "tel": is.Mobile, "note": is.Status}[name])
		}
	}
	return v.publish(nodeVCard4, id, w.Bytes())
}

func writeProperty(w *stanza.Writer, name, value string) {
	if value != "" {
		w.Start(name).Leaf("text", value).End()
	}
}
