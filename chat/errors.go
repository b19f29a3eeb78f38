package chat

import "switchboard"

// The errors of this room. Their codes are stable.
var (
	errUnreachable     = switchboard.E(switchboard.NotFound, "recipient-unavailable", "the recipient cannot be reached")
	errForeignDomain   = switchboard.E(switchboard.NotFound, "remote-server-not-found", "the domain of the address is not served here")
	errBlocked         = switchboard.E(switchboard.NotAllowed, "blocked", "you have blocked this address")
	errNoGroup         = switchboard.E(switchboard.NotFound, "group-not-found", "there is no such group, or you are not in it")
	errGroupType       = switchboard.E(switchboard.Invalid, "groupchat-expected", "a message to a group must be of type groupchat")
	errTooLarge        = switchboard.E(switchboard.TooLarge, "message-too-large", "the message is too large")
	errNotMessage      = switchboard.E(switchboard.Invalid, "not-a-message", "the stanza is not a message")
	errAccountGone     = switchboard.E(switchboard.Unauthorized, "account-gone", "the account does not exist any more")
	errAccountDisabled = switchboard.E(switchboard.Forbidden, "account-disabled", "the account is disabled")
	errVisitor         = switchboard.E(switchboard.Forbidden, "visitor-not-allowed", "visitors talk in their conversations only")
	errItemNotFound    = switchboard.E(switchboard.NotFound, "item-not-found", "there is no such message in the archive")
	errForeignArchive  = switchboard.E(switchboard.Forbidden, "archive-forbidden", "this archive is not yours to read")
	errManyIDs         = switchboard.Ef(switchboard.TooLarge, "too-many-ids", "ask for at most %d messages at a time", switchboard.MaxPage)
	errEmptyText       = switchboard.E(switchboard.Invalid, "text-missing", "the message has no text").InField("message")
	errLongText        = switchboard.Ef(switchboard.TooLarge, "text-too-long", "the text has more than %d characters",
		switchboard.MaxFieldText).InField("message")
	errBadText = switchboard.E(switchboard.Invalid, "text-invalid",
		"the text has characters that XML cannot carry").InField("message")
)
