package platform

import (
	"context"

	"switchboard"
	"switchboard/chat"
)

// messageModel is a message of a chat. The user of a group's side is the
// group: fromUser is who wrote, toUser the group's id.
type messageModel struct {
	ChatType           string `json:"chatType"`
	FromUser           string `json:"fromUser" doc:"Empty where the group itself speaks"`
	FromUserName       string `json:"fromUserName"`
	FromUserImage      string `json:"fromUserImage"`
	FromUserThumbImage string `json:"fromUserThumbImage"`
	ToUser             string `json:"toUser"`
	ToUserName         string `json:"toUserName"`
	ToUserImage        string `json:"toUserImage"`
	ToUserThumbImage   string `json:"toUserThumbImage"`
	MessageType        string `json:"messageType" doc:"text, image, video, audio, file, location or contact; notification for what has no text"`
	MessageID          string `json:"messageId"`
	Message            string `json:"message" doc:"The text as it was sent: it is no HTML"`
	ReplyTo            string `json:"replyTo,omitempty"`
	SentTime           string `json:"sentTime" example:"24/05/2025 16:05:24" doc:"UTC"`
	MessageTime        int64  `json:"messageTime" doc:"Milliseconds since 1970"`
	TopicID            string `json:"topicId"`

	Extra
}

// Extra is what a message has beside a text.
type Extra struct {
	Media    *mediaModel    `json:"media,omitempty"`
	Location *locationModel `json:"location,omitempty"`
	Contact  *contactModel  `json:"contact,omitempty"`
}

type mediaModel struct {
	Caption        string `json:"caption"`
	FileURL        string `json:"fileUrl" doc:"The token for /media/download; of a file that is kept elsewhere its address"`
	FileName       string `json:"fileName"`
	FileSize       int64  `json:"fileSize" doc:"Bytes as stored; 0 where it is not known"`
	FileType       string `json:"fileType" doc:"Media type"`
	FileKey        string `json:"fileKey" doc:"Of a file that only its readers can decrypt: IV (12 bytes) and key (32 bytes) of AES-256-GCM in hexadecimal, as in XEP-0454; the tag is at the file's end. Empty otherwise"`
	Duration       int    `json:"duration" doc:"Milliseconds"`
	OriginalWidth  int    `json:"originalWidth"`
	OriginalHeight int    `json:"originalHeight"`
	ThumbImage     string `json:"thumbImage" doc:"A data: address"`
}

type locationModel struct {
	Latitude  float64 `json:"latitude"`
	Longitude float64 `json:"longitude"`
	MID       string  `json:"mid" doc:"The messageId"`
}

type contactModel struct {
	Name        string   `json:"name"`
	PhoneNumber []string `json:"phone_number"`
	MID         string   `json:"mid" doc:"The messageId"`
}

// recentModel is a chat with its newest message.
type recentModel struct {
	ChatType        string            `json:"chatType"`
	MessageType     string            `json:"messageType"`
	MessageID       string            `json:"messageId"`
	Message         string            `json:"message"`
	SentTime        string            `json:"sentTime"`
	DeliveryStatus  int               `json:"deliveryStatus" doc:"0 sent, 1 delivered, 2 read"`
	FromUser        string            `json:"fromUser"`
	FromUserName    string            `json:"fromUserName"`
	ToUser          string            `json:"toUser"`
	ToUserName      string            `json:"toUserName"`
	Participant     string            `json:"participant" doc:"The id of the user or the group that the chat is with"`
	ParticipantName string            `json:"participantName"`
	Unread          int               `json:"unread"`
	TopicID         string            `json:"topicId"`
	MetaData        map[string]string `json:"metaData"`
	MessageTime     int64             `json:"messageTime"`

	Extra
}

// The values of deliveryStatus.
const (
	statusSent      = 0
	statusDelivered = 1
	statusRead      = 2
)

// face is how a person or group is shown beside a message.
type face struct{ id, name, image, thumb string }

// faces finds the faces of one answer, each once. What cannot be seen has an id
// and nothing else.
type faces struct {
	*API
	ctx   context.Context
	p     switchboard.Principal
	known map[switchboard.JID]face
	names map[string]string // messageIds in a group, by archive id
	err   error
}

func (a *API) faces(ctx context.Context, p switchboard.Principal) *faces {
	return &faces{API: a, ctx: ctx, p: p, known: map[switchboard.JID]face{}, names: map[string]string{}}
}

func (f *faces) of(jid switchboard.JID) face {
	if found, ok := f.known[jid]; ok || jid.Local == "" {
		return found
	}
	found := face{id: jid.Local}
	var err error
	if jid.Domain == chat.GroupHost(f.p.Domain) {
		var g chat.Group
		g, err = f.Chat.GroupByJID(f.ctx, f.p, jid)
		found.name = g.Name
	} else {
		var person chat.Person
		person, err = f.Chat.Person(f.ctx, f.p, jid)
		found.name = person.Profile.Name
		found.image, found.thumb = f.images(f.ctx, person.Profile.Image)
	}
	if err != nil && switchboard.KindOf(err) != switchboard.NotFound {
		f.err = err
	}
	f.known[jid] = found
	return found
}

// ends are the two sides of a message. In a group the resource of the sender's
// address names the member.
func (f *faces) ends(m *chat.Message) (from, to face) {
	if m.Group == 0 {
		return f.of(m.From.Bare()), f.of(m.To.Bare())
	}
	return f.of(switchboard.JID{Local: m.From.Resource, Domain: f.p.Domain}), f.of(m.From.Bare())
}

// replyTo is the messageId of the message that m answers. In a group the answer
// itself names it by the group's own id (XEP-0461 §3.1).
func (f *faces) replyTo(m *chat.Message) string {
	id := m.ReplyTo()
	if id == "" || m.Group == 0 {
		return id
	}
	name, known := f.names[id]
	if !known {
		name = id
		answered, err := f.Chat.Find(f.ctx, f.p, m.From.Bare(), id)
		switch {
		case err == nil:
			name = messageID(&answered)
		case switchboard.KindOf(err) != switchboard.NotFound:
			f.err = err
		}
		f.names[id] = name
	}
	return name
}

func chatType(m *chat.Message) string {
	if m.Group != 0 {
		return group
	}
	return single
}

// content is a message's type, its text (of a file the caption), and the rest.
func content(m *chat.Message) (kind, text string, extra Extra) {
	if text = m.Body(); text == "" || m.Group != 0 && m.From.Resource == "" {
		return "notification", text, extra
	}
	if a, is := m.Media(); is {
		address := a.Token()
		if address == "" {
			address = a.URL
		}
		extra.Media = &mediaModel{Caption: a.Caption, FileURL: address, FileName: a.Name, FileSize: a.Size, FileType: a.Type, FileKey: a.Key,
			Duration: a.Duration, OriginalWidth: a.Width, OriginalHeight: a.Height, ThumbImage: a.Thumbnail}
		return a.Kind, a.Caption, extra
	}
	if l, is := m.Location(); is {
		extra.Location = &locationModel{l.Latitude, l.Longitude, messageID(m)}
		return "location", text, extra
	}
	if c, is := m.Contact(); is {
		extra.Contact = &contactModel{c.Name, append([]string{}, c.Phones...), messageID(m)}
		return "contact", text, extra
	}
	return "text", text, extra
}

func (f *faces) message(m *chat.Message) messageModel {
	from, to := f.ends(m)
	kind, text, extra := content(m)
	return messageModel{ChatType: chatType(m), FromUser: from.id, FromUserName: from.name, FromUserImage: from.image,
		FromUserThumbImage: from.thumb, ToUser: to.id, ToUserName: to.name, ToUserImage: to.image, ToUserThumbImage: to.thumb,
		MessageType: kind, MessageID: messageID(m), Message: text, ReplyTo: f.replyTo(m), SentTime: sentTime(m.Time),
		MessageTime: m.Time.UnixMilli(), Extra: extra}
}

func (f *faces) recent(c *chat.RecentChat) recentModel {
	m := &c.Last
	from, to := f.ends(m)
	kind, text, extra := content(m)
	status := statusSent
	switch {
	case m.Sender == f.p.Account:
	case c.Unread > 0:
		status = statusDelivered
	default:
		status = statusRead
	}
	return recentModel{ChatType: chatType(m), MessageType: kind, MessageID: messageID(m), Message: text, SentTime: sentTime(m.Time),
		DeliveryStatus: status, FromUser: from.id, FromUserName: from.name, ToUser: to.id, ToUserName: to.name, Participant: c.Peer.Local,
		ParticipantName: c.Name, Unread: c.Unread, MetaData: map[string]string{}, MessageTime: m.Time.UnixMilli(), Extra: extra}
}
