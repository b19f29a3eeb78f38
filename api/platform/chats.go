package platform

import (
	"context"
	"slices"

	"switchboard"
	"switchboard/chat"
	"switchboard/web"
)

type chatListModel[T any] struct {
	ChatList []T `json:"chatList"`
	Totals
}

type historyRequest struct {
	Paging
	ChatType    string `query:"chatType" required:"true" enum:"singlechat,groupchat"`
	Participant string `query:"participant" required:"true" minLength:"1" doc:"The id of the user or the group"`
	MessageID   string `query:"messageId" maxLength:"1000" doc:"The first page begins with this message"`
	Direction   string `query:"direction" enum:"forward,backward" doc:"With messageId: to newer messages (the default) or to older ones"`
	TopicID     string `query:"topicId" doc:"There are no topics"`
}

type recentRequest struct {
	Paging
	MessageTime int64    `query:"messageTime" minimum:"0" doc:"Only chats whose newest message is later: seconds, milliseconds or microseconds since 1970"`
	ByTopic     bool     `query:"byTopic" doc:"There are no topics"`
	TopicID     string   `query:"topicId" doc:"There are no topics"`
	Exclude     []string `query:"exclude" maxItems:"20" doc:"notification: what groups say themselves is not taken for a chat's newest message"`
}

type detailsRequest struct {
	Paging
	ChatID  string `query:"chatId" maxLength:"3100" doc:"The id of a user or a group; all chats if absent"`
	TopicID string `query:"topicId" doc:"There are no topics"`
}

// detailModel is what is known of a chat.
type detailModel struct {
	ID                  int64             `json:"id" doc:"The number of the chat's newest message"`
	FromUser            string            `json:"fromUser"`
	ToUser              string            `json:"toUser"`
	Participant         string            `json:"participant"`
	ChatType            string            `json:"chatType"`
	MessageType         string            `json:"messageType"`
	MessageID           string            `json:"messageId"`
	SentTime            string            `json:"sentTime"`
	Unread              int               `json:"unread"`
	MessageNotification int               `json:"messageNotification" doc:"1: new messages are announced"`
	TopicID             string            `json:"topicId"`
	MessageTime         int64             `json:"messageTime"`
	MetaData            map[string]string `json:"metaData"`
	JID                 string            `json:"jid"`
}

type unreadModel struct {
	Unread int `json:"unread"`
}

func (a *API) chats() {
	op := func(method, path, summary string) web.Op {
		return web.Op{Method: method, Path: path, Tag: "Messages", Scope: switchboard.ScopeChat, Summary: summary}
	}
	history := op("GET", "/chat/history", "The messages of a chat")
	history.Description = "Newest first; with `messageId` and direction `forward` oldest first."
	web.Handle(a.rest, history, a.history)
	web.Handle(a.rest, op("GET", "/chat/recent", "The chats with their newest message, latest first"), a.recent)
	web.Handle(a.rest, op("GET", "/chat/details", "What is known of a chat, or of all"), a.details)
	web.Handle(a.rest, op("GET", "/chat/unreadcount", "How many messages are unread"),
		func(ctx context.Context, p switchboard.Principal, _ *struct{}) (*web.Out[envelope[unreadModel]], error) {
			n, err := a.Chat.Unread(ctx, p)
			if err != nil {
				return nil, err
			}
			return answer(unreadModel{n}, retrieved)
		})
	web.Handle(a.rest, op("POST", "/chat/readall", "Mark all messages as read"),
		func(ctx context.Context, p switchboard.Principal, _ *struct{}) (*web.Out[done], error) {
			n, err := a.Chat.MarkAllDisplayed(ctx, p)
			switch {
			case err != nil:
				return nil, err
			case n == 0:
				return say("No unread message found")
			}
			return say("All your unread messages are marked to be updated as read")
		})
}

func (a *API) history(ctx context.Context, p switchboard.Principal, in *historyRequest) (*web.Out[envelope[chatListModel[messageModel]]], error) {
	if in.TopicID != "" {
		return nil, errTopic
	}
	with, err := chatJID(p, in.ChatType, in.Participant)
	if err != nil {
		return nil, err
	}
	page, err := a.Chat.History(ctx, p, chat.HistoryQuery{With: with, Page: in.Page, Size: in.Size, From: in.MessageID,
		Backward: in.Direction == "backward"})
	if err != nil {
		return nil, err
	}
	f := a.faces(ctx, p)
	list := make([]messageModel, len(page.Messages))
	for i := range page.Messages {
		list[i] = f.message(&page.Messages[i])
	}
	if f.err != nil {
		return nil, f.err
	}
	return answer(chatListModel[messageModel]{list, Totals{page.Pages, page.Total}}, retrieved)
}

func (a *API) recent(ctx context.Context, p switchboard.Principal, in *recentRequest) (*web.Out[envelope[chatListModel[recentModel]]], error) {
	if in.TopicID != "" {
		return nil, errTopic
	}
	page, err := a.Chat.Recent(ctx, p, chat.RecentQuery{After: after(in.MessageTime), Page: in.Page, Size: in.Size,
		Written: slices.Contains(in.Exclude, "notification")})
	if err != nil {
		return nil, err
	}
	f := a.faces(ctx, p)
	list := make([]recentModel, len(page.Chats))
	for i := range page.Chats {
		list[i] = f.recent(&page.Chats[i])
	}
	if f.err != nil {
		return nil, f.err
	}
	return answer(chatListModel[recentModel]{list, Totals{page.Pages, page.Total}}, retrieved)
}

func (a *API) details(ctx context.Context, p switchboard.Principal, in *detailsRequest) (*web.Out[envelope[chatListModel[detailModel]]], error) {
	if in.TopicID != "" {
		return nil, errTopic
	}
	with, err := a.chatWith(ctx, p, in.ChatID)
	if err != nil {
		return nil, err
	}
	page, err := a.Chat.Recent(ctx, p, chat.RecentQuery{With: with, Page: in.Page, Size: in.Size})
	if err != nil {
		return nil, err
	}
	f := a.faces(ctx, p)
	list := make([]detailModel, len(page.Chats))
	for i := range page.Chats {
		c := &page.Chats[i]
		m := f.recent(c)
		list[i] = detailModel{c.Last.Number, m.FromUser, m.ToUser, m.Participant, m.ChatType, m.MessageType, m.MessageID, m.SentTime, m.Unread, 1,
			m.TopicID, m.MessageTime, m.MetaData, c.Peer.String()}
	}
	if f.err != nil {
		return nil, f.err
	}
	return answer(chatListModel[detailModel]{list, Totals{page.Pages, page.Total}}, retrieved)
}

// chatWith is the chat that an id without a type names: that of a group which one
// is in, otherwise that with a user.
func (a *API) chatWith(ctx context.Context, p switchboard.Principal, id string) (switchboard.JID, error) {
	if id == "" {
		return switchboard.JID{}, nil
	}
	if jid, err := chatJID(p, group, id); err == nil {
		if _, err := a.Chat.GroupByJID(ctx, p, jid); err == nil || switchboard.KindOf(err) != switchboard.NotFound {
			return jid, err
		}
	}
	return userJID(p, id)
}
