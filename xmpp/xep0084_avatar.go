package xmpp

import (
	"bytes"
	"crypto/sha1"
	"encoding/base64"
	"encoding/hex"
	"strconv"
	"strings"

	"switchboard/chat"
	"switchboard/stanza"
)

// User avatars: one node holds the image, another what there is to know before
// it is fetched. The account's picture is the truth; an image becomes it when
// its metadata are published.
var (
	_ = register(extension{Spec: "XEP-0084", Title: "User Avatar", Version: "1.1.4",
		Feature: map[string]entity{stanza.NSAvatarData: onServer, stanza.NSAvatarMeta: onServer}})
	_ = registerView(view{Node: stanza.NSAvatarData, take: takeAvatarData})
	_ = registerView(view{Node: stanza.NSAvatarMeta, take: takeAvatarMeta, renew: renewAvatar, drop: removePicture})
)

var (
	errAvatarPayload = pubsubError(stanza.BadRequest, "invalid-payload", "this is no avatar")
	errAvatarID      = stanza.NewError(stanza.NotAcceptable, "the id of an avatar is the SHA-1 of its bytes") // §4.2
	errAvatarMissing = stanza.NewError(stanza.ItemNotFound, "publish the image first")
)

// decodeImage reads base64, spread over lines or not.
func decodeImage(text []byte) ([]byte, error) {
	text = bytes.Map(func(c rune) rune {
		if c == ' ' || c == '\n' || c == '\r' || c == '\t' {
			return -1
		}
		return c
	}, text)
	data := make([]byte, base64.StdEncoding.DecodedLen(len(text)))
	n, err := base64.StdEncoding.Decode(data, text)
	if err != nil || n == 0 {
		return nil, stanza.NewError(stanza.BadRequest, "the image is not in base64")
	}
	return data[:n], nil
}

func sha1Hex(data []byte) string {
	sum := sha1.Sum(data)
	return hex.EncodeToString(sum[:])
}

func takeAvatarData(_ *request, id string, payload stanza.Element) ([]byte, error) {
	if !payload.Is(stanza.NSAvatarData, "data") {
		return nil, errAvatarPayload
	}
	image, err := decodeImage(payload.TextBytes())
	if err == nil && sha1Hex(image) != strings.ToLower(id) {
		err = errAvatarID
	}
	return payload.Append(nil), err
}

// infoOf is the description of the image that is published here, not elsewhere
// (XEP-0398 §3.1); the zero Element if there is none.
func infoOf(metadata stanza.Element) stanza.Element {
	for e := range metadata.ChildrenNamed(stanza.NSAvatarMeta, "info") {
		if !e.HasAttr("url") {
			return e
		}
	}
	return stanza.Element{}
}

func takeAvatarMeta(rq *request, _ string, payload stanza.Element) ([]byte, error) {
	if !payload.Is(stanza.NSAvatarMeta, "metadata") {
		return nil, errAvatarPayload
	}
	if payload.Count() == 0 { // §4.4: no avatar any more
		return payload.Append(nil), removePicture(rq)
	}
	id := strings.ToLower(infoOf(payload).Attr("id"))
	if id == "" {
		return nil, errAvatarMissing
	}
	current, err := rq.chat().Picture(rq.ctx, rq.who(), rq.r.account.bare)
	if err != nil || current.SHA1 == id {
		return payload.Append(nil), err
	}
	items, _, err := rq.chat().Items(rq.ctx, rq.who(), chat.ItemQuery{Owner: rq.r.account.bare, Node: stanza.NSAvatarData,
		Items: []string{id, strings.ToUpper(id)}})
	if err != nil || len(items) == 0 {
		return nil, errAvatarMissing
	}
	var p stanza.Parser
	defer p.Close()
	data, err := p.Parse(items[0].Payload)
	if err != nil {
		return nil, err
	}
	image, err := decodeImage(data.TextBytes())
	if err != nil {
		return nil, err
	}
	var change chat.ProfileChange
	if err := takePicture(rq, image, &change); err != nil {
		return nil, err
	}
	_, err = rq.chat().ChangeProfile(rq.ctx, rq.who(), rq.r.who.Account, change)
	return payload.Append(nil), err
}

func removePicture(rq *request) error {
	current, err := rq.chat().Picture(rq.ctx, rq.who(), rq.r.account.bare)
	if err != nil || current.SHA1 == "" {
		return err
	}
	return rq.chat().RemovePicture(rq.ctx, rq.who())
}

// renewAvatar publishes the account's picture, first the image (§4.2).
func renewAvatar(v *shown) error {
	var p stanza.Parser
	defer p.Close()
	_, metadata, err := v.item(&p, stanza.NSAvatarMeta)
	if err != nil || strings.ToLower(infoOf(metadata).Attr("id")) == v.picture.SHA1 {
		return err
	}
	w := stanza.NewWriter(nil).Start("metadata", "xmlns", stanza.NSAvatarMeta)
	if v.picture.SHA1 == "" {
		return v.publish(stanza.NSAvatarMeta, "current", w.Bytes())
	}
	image, kind, id, width, height, err := v.srv.opts.Chat.Avatar(v.ctx, v.who, v.who.Bare())
	if err != nil {
		return err
	}
	data := stanza.NewWriter(nil).Leaf("data", base64.StdEncoding.EncodeToString(image), "xmlns", stanza.NSAvatarData)
	if err := v.publish(stanza.NSAvatarData, id, data.Bytes()); err != nil {
		return err
	}
	w.Empty("info", "id", id, "type", kind, "bytes", strconv.Itoa(len(image)), "width", strconv.Itoa(width), "height", strconv.Itoa(height))
	return v.publish(stanza.NSAvatarMeta, id, w.Bytes())
}
