package xmpp

import (
	"encoding/base64"
	"strings"

	"switchboard/chat"
	"switchboard/stanza"
)

// vCards in the format of old. The profile is what counts for the name, the
// first e-mail address and telephone number, the description and the picture;
// everything else is kept as it was published.
var _ = register(extension{Spec: "XEP-0054", Title: "vcard-temp", Version: "1.3.0",
	Feature: map[string]entity{stanza.NSVCard: onServer | onSelf | onAccount},
	IQ: []iqRoute{
		{stanza.Get, stanza.NSVCard, "vCard", onSelf | onAccount, getVCard},
		{stanza.Set, stanza.NSVCard, "vCard", onSelf, setVCard},
		{stanza.Set, stanza.NSVCard, "vCard", onAccount | onServer | onGroup, func(*request) ([]byte, error) {
			return nil, stanza.NewError(stanza.Forbidden, "only your own vCard is yours to change") // §3.2
		}},
	},
})

// getVCard answers who may see the person. For whom there is nothing to be seen
// the answer is the same whether there is such an account or not (§3.3).
func getVCard(rq *request) ([]byte, error) {
	of := rq.r.account.bare
	if rq.on == onAccount {
		of = rq.h.To
		if err := rq.blocking(); err != nil {
			return nil, err
		}
	}
	raw, person, err := rq.chat().VCard(rq.ctx, rq.who(), of)
	if err != nil {
		return nil, errNoRoute
	}
	image, kind, _, _, _, err := rq.chat().Avatar(rq.ctx, rq.who(), of)
	if err != nil {
		image = nil
	}
	p := person.Profile
	if rq.on == onAccount && raw == nil && image == nil && p.Name == "" && p.Email == "" && p.Mobile == "" && p.Status == "" {
		return nil, errNoRoute
	}
	w := stanza.NewWriter(nil).Start("vCard", "xmlns", stanza.NSVCard)
	writeVCard(w, raw, &p)
	if image != nil {
		w.Start("PHOTO").Leaf("TYPE", kind).Leaf("BINVAL", base64.StdEncoding.EncodeToString(image)).End()
	}
	return w.Bytes(), nil
}

// writeVCard writes what was published, with what the profile says in its place.
func writeVCard(w *stanza.Writer, raw []byte, p *chat.Profile) {
	var parser stanza.Parser
	defer parser.Close()
	e, err := parser.Parse(raw)
	if raw == nil || err != nil {
		e = stanza.Element{}
	}
	was := vcardProfile(e)
	has := map[string]bool{}
	for c := range e.Children() {
		name := c.Name()
		if c.Namespace() != stanza.NSVCard {
			w.Element(c, stanza.Within(stanza.NSVCard))
			continue
		}
		first := !has[name]
		has[name] = true
		switch {
		case name == "PHOTO":
		case name == "FN":
			if first && p.Name != "" {
				w.Leaf("FN", p.Name)
			}
		case name == "NICKNAME" && was.Name != p.Name: // it belonged to another name
			if first && p.Name != "" {
				w.Leaf("NICKNAME", p.Name)
			}
		case name == "EMAIL" && first:
			writeWithin(w, c, "USERID", was.Email, p.Email)
		case name == "TEL" && first:
			writeWithin(w, c, "NUMBER", was.Mobile, p.Mobile)
		case name == "DESC":
			if first && p.Status != "" {
				w.Leaf("DESC", p.Status)
			}
		default:
			w.Element(c, stanza.Within(stanza.NSVCard))
		}
	}
	writeMissing(w, has, p)
}

// writeMissing writes what the profile says and the vCard has no place for.
func writeMissing(w *stanza.Writer, has map[string]bool, p *chat.Profile) {
	if !has["FN"] && p.Name != "" {
		w.Leaf("FN", p.Name)
	}
	if len(has) == 0 && p.Name != "" {
		w.Leaf("NICKNAME", p.Name)
	}
	if !has["EMAIL"] && p.Email != "" {
		w.Start("EMAIL").Empty("INTERNET").Empty("PREF").Leaf("USERID", p.Email).End()
	}
	if !has["TEL"] && p.Mobile != "" {
		w.Start("TEL").Empty("CELL").Empty("VOICE").Leaf("NUMBER", p.Mobile).End()
	}
	if !has["DESC"] && p.Status != "" {
		w.Leaf("DESC", p.Status)
	}
}

// writeWithin writes an element with another text in one of its children; nothing
// when there is no text any more.
func writeWithin(w *stanza.Writer, e stanza.Element, child, was, is string) {
	if was == is {
		w.Element(e, stanza.Within(stanza.NSVCard))
		return
	}
	if is == "" {
		return
	}
	w.Start(e.Name())
	for c := range e.Children() {
		if c.Name() != child {
			w.Element(c, stanza.Within(stanza.NSVCard))
		}
	}
	w.Leaf(child, is).End()
}

// vcardProfile is what a vCard says of the things that a profile has.
func vcardProfile(e stanza.Element) (p chat.Profile) {
	trim := func(e stanza.Element, names ...string) string {
		for _, n := range names {
			e = e.Child(stanza.NSVCard, n)
		}
		return strings.TrimSpace(e.Text())
	}
	if p.Name = trim(e, "FN"); p.Name == "" {
		p.Name = trim(e, "NICKNAME")
	}
	p.Email, p.Mobile, p.Status = trim(e, "EMAIL", "USERID"), trim(e, "TEL", "NUMBER"), trim(e, "DESC")
	return p
}

// setVCard stores the client's vCard: all of it or nothing.
func setVCard(rq *request) ([]byte, error) {
	e := rq.payload
	change := chat.ProfileChange{VCard: e.Append(nil, stanza.DropChild("", "PHOTO")), Fields: saying(vcardProfile(e))}
	if err := takeVCardPhoto(rq, e.Child("", "PHOTO"), &change); err != nil {
		return nil, err
	}
	if _, err := rq.chat().ChangeProfile(rq.ctx, rq.who(), rq.r.who.Account, change); err != nil {
		return nil, err
	}
	rq.after = func() { rq.r.server.viewsChanged(*rq.r.who) }
	return nil, nil
}

// takeVCardPhoto makes the photo of a vCard the picture of the account (XEP-0398
// §3.2). A vCard without one takes the picture away.
func takeVCardPhoto(rq *request, e stanza.Element, change *chat.ProfileChange) error {
	binval := e.Child("", "BINVAL")
	if !e.Child("", "EXTVAL").IsZero() && binval.IsZero() {
		return nil // an image elsewhere: nothing that we could show
	}
	if len(strings.TrimSpace(string(binval.TextBytes()))) == 0 {
		current, err := rq.chat().Picture(rq.ctx, rq.who(), rq.r.account.bare)
		change.RemovePicture = current.SHA1 != "" // an image elsewhere stays
		return err
	}
	image, err := decodeImage(binval.TextBytes())
	if err != nil {
		return err
	}
	return takePicture(rq, image, change)
}

// takePicture makes an image the account's picture, unless it is.
func takePicture(rq *request, image []byte, change *chat.ProfileChange) error {
	current, err := rq.chat().Picture(rq.ctx, rq.who(), rq.r.account.bare)
	if err == nil && current.SHA1 != sha1Hex(image) {
		change.Picture, change.Exact = image, true
	}
	return err
}
