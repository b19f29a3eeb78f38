package platform

import (
	"context"

	"switchboard"
	"switchboard/chat"
	"switchboard/web"
)

// sendRequest has the documented fields that matter to a text; those of other
// kinds of messages are tolerated like all that is not known.
type sendRequest struct {
	Body struct {
		ChatType    string `json:"chatType" enum:"singlechat,groupchat"`
		ToUser      string `json:"toUser" minLength:"1" doc:"The id of a user or of a group"`
		MessageType string `json:"messageType" enum:"text,audio,video,image,file,location,contact" doc:"Only text is taken"`
		Message     string `json:"message,omitempty" doc:"At most 10000 characters"`
		ReplyTo     string `json:"replyTo,omitempty" maxLength:"200" doc:"The messageId that this message answers"`
		TopicID     string `json:"topicId,omitempty" doc:"There are no topics"`
		MessageID   string `json:"messageId,omitempty" doc:"Would edit a message, which is not possible"`
	}
}

type sentModel struct {
	MessageID   string `json:"messageId"`
	SentTime    string `json:"sentTime" example:"24/05/2025 16:05:24"`
	MessageTime int64  `json:"messageTime" doc:"Milliseconds since 1970"`
}

var (
	errMessageType = switchboard.E(switchboard.Invalid, "message-type-unsupported", "only messages of the type text can be sent")
	errEdit        = switchboard.E(switchboard.Invalid, "edit-unsupported", "messages cannot be edited: send without messageId")
	errTopic       = switchboard.E(switchboard.Invalid, "topic-unknown", "there is no such topic")
)

func (a *API) messages() {
	web.Handle(a.rest, web.Op{Method: "POST", Path: "/chat/sendmessage", Tag: "Messages", Scope: switchboard.ScopeChat,
		Summary: "Send a message to a user or a group"}, a.send)
}

func (a *API) send(ctx context.Context, p switchboard.Principal, in *sendRequest) (*web.Out[envelope[sentModel]], error) {
	b := in.Body
	switch {
	case b.MessageType != "text":
		return nil, errMessageType
	case b.MessageID != "":
		return nil, errEdit
	case b.TopicID != "":
		return nil, errTopic
	}
	to, err := chatJID(p, b.ChatType, b.ToUser)
	if err != nil {
		return nil, err
	}
	m, err := a.Chat.SendText(ctx, p, to, b.Message, chat.SendOptions{ReplyTo: b.ReplyTo})
	if err != nil {
		return nil, err
	}
	return answer(sentModel{messageID(&m), sentTime(m.Time), m.Time.UnixMilli()}, "Message sent successfully")
}

// messageID is the name of a message in this dialect: its id on the wire, or
// that of the archive where the sender gave it none.
func messageID(m *chat.Message) string {
	if m.ID != "" {
		return m.ID
	}
	return m.StanzaID
}
