package platform

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"switchboard"
	"switchboard/chat"
	"switchboard/web"
)

// sendRequest has the documented fields. A file comes as the field file of a
// multipart form.
type sendRequest struct {
	Body struct {
		ChatType    string `json:"chatType" enum:"singlechat,groupchat"`
		ToUser      string `json:"toUser" minLength:"1" doc:"The id of a user or of a group"`
		MessageType string `json:"messageType" enum:"text,audio,video,image,file,location,contact" doc:"audio, video, image and file need the part file of a multipart form. Of an image (PNG, JPEG, WebP or GIF of 10 MB and 12000 pixels a side at most) the message says width and height and has a small picture; a video or sound goes as it is, without."`
		Message     string `json:"message,omitempty" doc:"At most 10000 characters"`
		ReplyTo     string `json:"replyTo,omitempty" maxLength:"200" doc:"The messageId that this message answers"`
		TopicID     string `json:"topicId,omitempty" doc:"There are no topics"`
		MessageID   string `json:"messageId,omitempty" doc:"Would edit a message, which is not possible"`

		Caption        any     `json:"caption,omitempty" doc:"Of a file: a text, or a number, of 10000 characters at most"`
		FileEncryption bool    `json:"fileEncryption,omitempty" doc:"Encrypt the file with a key that only the message has (XEP-0454), so that the stored file is useless without the message. This server does it and has seen the file: for a file that it never sees, let an SDK or an XMPP client encrypt and upload. Comes before the part file, or in the query. Either way files are encrypted at rest."`
		ContactName    string  `json:"contactName,omitempty" doc:"Of a contact"`
		ContactPhone   string  `json:"contactPhone,omitempty" doc:"Of a contact; several are separated by commas"`
		ContactKey     string  `json:"contactKey,omitempty" doc:"Not needed: contacts are sent as they are"`
		Latitude       Degrees `json:"latitude,omitempty" doc:"Of a location"`
		Longitude      Degrees `json:"longitude,omitempty"`
		LocationKey    string  `json:"locationKey,omitempty" doc:"Not needed: locations are sent as they are"`
	}
}

// Degrees are documented as a text, and a number for whoever writes JSON.
type Degrees string

// UnmarshalJSON implements json.Unmarshaler. What is no number is refused later.
func (d *Degrees) UnmarshalJSON(b []byte) error {
	var s string
	if json.Unmarshal(b, &s) != nil {
		s = string(b)
	}
	*d = Degrees(s)
	return nil
}

// Schema implements huma.SchemaProvider.
func (Degrees) Schema(huma.Registry) *huma.Schema {
	return &huma.Schema{AnyOf: []*huma.Schema{{Type: huma.TypeString}, {Type: huma.TypeNumber}}, Description: "Degrees: a number, or the same as a text"}
}

type sentModel struct {
	MessageID   string `json:"messageId"`
	SentTime    string `json:"sentTime" example:"24/05/2025 16:05:24"`
	MessageTime int64  `json:"messageTime" doc:"Milliseconds since 1970"`
}

var (
	errFileMissing = switchboard.E(switchboard.Invalid, "file-missing", "send the file as the part file of a multipart form").InField("file")
	errFileType    = switchboard.E(switchboard.Invalid, "file-type-wrong", "the file is not of the type that messageType says").InField("messageType")
	errCaption     = switchboard.E(switchboard.Invalid, "invalid-field", "expected a text").InField("caption")
	errFileOrder   = switchboard.E(switchboard.Invalid, "file-encryption-late", "send fileEncryption before the file").InField("fileEncryption")
	errLocation    = switchboard.E(switchboard.Invalid, "location-invalid", "latitude and longitude must be numbers").InField("latitude")
	errEdit        = switchboard.E(switchboard.Invalid, "edit-unsupported", "messages cannot be edited: send without messageId")
	errTopic       = switchboard.E(switchboard.Invalid, "topic-unknown", "there is no such topic")
)

func (a *API) messages() {
	web.Handle(a.rest, web.Op{Method: "POST", Path: "/chat/sendmessage", Tag: "Messages", Scope: switchboard.ScopeChat,
		Summary: "Send a message to a user or a group", Receive: a.receive, Discard: a.discard}, a.send)
}

// receive takes the file of a message while it comes.
func (a *API) receive(ctx context.Context, p switchboard.Principal, f *web.FilePart) (any, error) {
	if !strings.EqualFold(f.Field, "file") {
		return nil, nil
	}
	kind := f.ContentType
	if kind == "application/octet-stream" { // what clients say that do not know; the name tells more
		kind = ""
	}
	return a.Chat.ReceiveFile(ctx, p, chat.UploadDraft{Name: f.Name, Type: kind, Size: f.Most}, wantsEncryption(f), f)
}

// discard gives up the file of a message that was not sent.
func (a *API) discard(ctx context.Context, kept any) {
	if f, is := kept.(chat.File); is {
		_ = a.Chat.DropFile(ctx, f) // or it goes by itself in a day
	}
}

func wantsEncryption(f *web.FilePart) bool {
	v, err := strconv.ParseBool(strings.TrimSpace(f.Before("fileEncryption")))
	return err == nil && v
}

func (a *API) send(ctx context.Context, p switchboard.Principal, in *sendRequest) (*web.Out[envelope[sentModel]], error) {
	m, err := a.sendAny(ctx, p, in)
	if err != nil {
		return nil, err
	}
	return answer(sentModel{messageID(&m), sentTime(m.Time), m.Time.UnixMilli()}, "Message sent successfully")
}

// caption reads a text that the documentation calls a number.
func caption(v any) (string, error) {
	switch v := v.(type) {
	case nil:
		return "", nil
	case string:
		return v, nil
	case float64, json.Number:
		return fmt.Sprint(v), nil
	}
	return "", errCaption
}

func (a *API) sendAny(ctx context.Context, p switchboard.Principal, in *sendRequest) (m chat.Message, err error) {
	b := &in.Body
	switch {
	case b.MessageID != "":
		return m, errEdit
	case b.TopicID != "":
		return m, errTopic
	}
	to, err := chatJID(p, b.ChatType, b.ToUser)
	if err != nil {
		return m, err
	}
	o := chat.SendOptions{ReplyTo: b.ReplyTo}
	switch b.MessageType {
	case "text":
		return a.Chat.SendText(ctx, p, to, b.Message, o)
	case "location":
		lat, err1 := strconv.ParseFloat(strings.TrimSpace(string(b.Latitude)), 64)
		lon, err2 := strconv.ParseFloat(strings.TrimSpace(string(b.Longitude)), 64)
		if err1 != nil || err2 != nil {
			return m, errLocation
		}
		return a.Chat.SendLocation(ctx, p, to, chat.Location{Latitude: lat, Longitude: lon}, o)
	case "contact":
		c := chat.ContactCard{Name: strings.TrimSpace(b.ContactName)}
		for phone := range strings.SplitSeq(b.ContactPhone, ",") {
			c.Phones = append(c.Phones, strings.TrimSpace(phone))
		}
		return a.Chat.SendContact(ctx, p, to, c, o)
	}
	return a.sendFile(ctx, p, to, in, o)
}

// sendFile sends the file that came with the request.
func (a *API) sendFile(ctx context.Context, p switchboard.Principal, to switchboard.JID, in *sendRequest, o chat.SendOptions) (m chat.Message, err error) {
	b := &in.Body
	words, err := caption(b.Caption)
	if err != nil {
		return m, err
	}
	upload := web.File(ctx, "file")
	if upload == nil {
		return m, errFileMissing
	}
	file, has := upload.Kept.(chat.File)
	main, _, _ := strings.Cut(file.Type, "/")
	switch {
	case !has:
		return m, errFileMissing
	case b.FileEncryption && file.Key == "":
		return m, errFileOrder
	case b.MessageType != chat.AttachFile && main != b.MessageType:
		return m, errFileType
	}
	if m, err = a.Chat.SendFile(ctx, p, to, file, chat.Attachment{Kind: b.MessageType, URL: a.origin(ctx), Caption: words}, o); err == nil {
		upload.Take()
	}
	return m, err
}

// messageID is the name of a message in this dialect: its id on the wire, or
// that of the archive where the sender gave it none.
func messageID(m *chat.Message) string {
	if m.ID != "" {
		return m.ID
	}
	return m.StanzaID
}
