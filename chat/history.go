package chat

import (
	"time"

	"switchboard"
)

// HistoryQuery asks for the messages of one chat, newest first.
type HistoryQuery struct {
	With     switchboard.JID // the bare address of a person or a group
	Page     int             // from 1
	Size     int             // 0 means 10, at most switchboard.MaxPage
	From     string          // begin at this message (an archive id or a stanza's id), inclusive
	Backward bool            // with From: towards older messages; otherwise towards newer ones, oldest first
}

// HistoryPage is a page of a chat.
type HistoryPage struct {
	Messages []Message
	Total    int // messages of the chat in all
	Pages    int // how many pages of this size they make
}

// RecentQuery asks for chats, the one with the newest message first.
type RecentQuery struct {
	After time.Time // only chats whose newest message is later
	Page  int       // from 1
	Size  int       // 0 means 10, at most switchboard.MaxPage
}

// RecentChat is a chat with its newest message.
type RecentChat struct {
	Peer   switchboard.JID // bare address of the person or the group
	Name   string          // the person's or group's name
	Group  switchboard.GroupID
	Last   Message
	Unread int
}

// RecentPage is a page of chats.
type RecentPage struct {
	Chats []RecentChat
	Total int
	Pages int
}
