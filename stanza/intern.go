package stanza

// words are the strings that nearly every stream says; asking for them
// allocates nothing.
var words = func() map[string]string {
	m := make(map[string]string)
	for _, w := range []string{
		NSXML, NSXMLNS, NSClient, NSServer, NSComponent, NSStream, NSStreamErrors, NSStanzaErrors, NSTLS, NSSASL, NSBind,
		NSSession, NSFraming, NSRoster, NSRosterVer, NSPreApproval, NSErrors, NSSASL2, NSBind2, NSFAST, NSCB, NSLimits, NSBOSH,
		NSXBOSH, NSForm, NSOffline, NSLast, NSDiscoInfo, NSDiscoItems, NSMUC, NSMUCUser, NSMUCAdmin, NSMUCOwner, NSPrivate,
		NSCommands, NSVCard, NSVCardUpdate, NSRSM, NSPubSub, NSPubSubEvent, NSPubSubErrors, NSPubSubOwner, NSPubSubOptions, NSOOB,
		NSRegister, NSChatStates, NSVersion, NSCaps, NSConference, NSReceipts, NSBlocking, NSBlockErrors, NSReporting, NSSM3, NSPing,
		NSTime, NSDelay, NSExtDisco, NSCarbons2, NSForward, NSHash, NSReplace, NSMAM2, NSMAM2Extended, NSMarkers, NSHints, NSCSI,
		NSPush, NSStanzaID, NSUpload, NSMIX, NSBookmarks, NSOldBookmarks, NSOccupantID, NSFallback, NSRetract, NSReactions, NSReply,
		NSDisplayed, NSSearch, NSStats, NSAvatarData, NSAvatarMeta, NSNick, NSXHTML, NSAddresses, NSJingleMessage, NSJingle,
		NSOMEMO, NSOMEMO2, NSEME, NSConversation,

		Message, Presence, IQ, Normal, Chat, Groupchat, Headline, Get, Set, Result, TypeError, Unavailable, Subscribe, Subscribed,
		Unsubscribe, Unsubscribed, Probe,

		"stream", "open", "close", "features", "auth", "response", "success", "failure", "challenge", "starttls", "proceed", "bind",
		"resource", "session", "query", "item", "group", "ping", "body", "subject", "thread", "show", "status", "priority", "x", "c",
		"r", "a", "enable", "enabled", "resume", "resumed", "failed", "active", "inactive", "composing", "paused", "gone", "request",
		"received", "sent", "displayed", "markable", "private", "forwarded", "delay", "stanza-id", "origin-id", "set", "max", "after",
		"before", "field", "value", "form", "submit", "cancel", "result", "start", "end", "with", "block", "unblock", "blocklist",
		"store", "no-store", "no-copy", "no-permanent-store", "error", "text", "away", "dnd", "chat", "xa", "true", "false", "1", "0",
		"en", "id", "to", "from", "type", "xmlns", "xml:lang", "version", "1.0", "xmlns:stream", "stream:stream", "node", "ver", "jid",
		"name", "subscription", "both", "none", "remove", "h", "FORM_TYPE", "var", "by", "stamp", "mechanism", "hash", "sha-1",
	} {
		m[w] = w
	}
	return m
}()

// intern makes a string that may be kept.
func intern(b []byte) string {
	if len(b) == 0 {
		return ""
	}
	if len(b) <= 64 {
		if s, ok := words[string(b)]; ok {
			return s
		}
	}
	return string(b)
}
