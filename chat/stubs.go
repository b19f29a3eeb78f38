package chat

import (
	"context"
	"time"

	"switchboard"
	"switchboard/store"
)

var errSoon = switchboard.E(switchboard.Unsupported, "not-built", "this is not built yet")

// Send sends a message and returns after its commit.
func (s *Service) Send(ctx context.Context, p switchboard.Principal, d Draft) (Message, error) {
	return Message{}, errSoon
}

// SendAsync sends a message and returns at once, or after one read of the
// database when it meets an account or group for the first time. The order of
// calls is the order of commits and of deliveries. done (may be nil) is called
// exactly once: after the commit and before the delivery, with calls for stored
// messages one after another in the order of commits, or at once on the caller's
// goroutine when a rule refuses the draft. It must not block.
func (s *Service) SendAsync(p switchboard.Principal, d Draft, done func(Message, error)) {
	done(Message{}, errSoon)
}

// SendText sends a text to a person or group.
func (s *Service) SendText(ctx context.Context, p switchboard.Principal, to switchboard.JID, body string, o SendOptions) (Message, error) {
	return Message{}, errSoon
}

// Archive returns a page of an archive (XEP-0313). An id that the archive does
// not hold is an error NotFound "item-not-found".
func (s *Service) Archive(ctx context.Context, p switchboard.Principal, q ArchiveQuery) (ArchivePage, error) {
	return ArchivePage{}, errSoon
}

// ArchiveEnds returns the first and last message of an archive.
func (s *Service) ArchiveEnds(ctx context.Context, p switchboard.Principal, of switchboard.JID) (ArchiveEnds, error) {
	return ArchiveEnds{}, errSoon
}

// History returns a page of a chat.
func (s *Service) History(ctx context.Context, p switchboard.Principal, q HistoryQuery) (HistoryPage, error) {
	return HistoryPage{}, errSoon
}

// Recent returns a page of chats.
func (s *Service) Recent(ctx context.Context, p switchboard.Principal, q RecentQuery) (RecentPage, error) {
	return RecentPage{}, errSoon
}

// Unread counts the unread messages of an account in all its chats.
func (s *Service) Unread(ctx context.Context, p switchboard.Principal) (int, error) {
	return 0, errSoon
}

// MarkDisplayed says that the asker has seen a chat up to a message: an archive
// id, a stanza's id, or "" for all.
func (s *Service) MarkDisplayed(ctx context.Context, p switchboard.Principal, peer switchboard.JID, upTo string) error {
	return errSoon
}

// Body is the text of a message's first <body/>, "" if it has none.
func (m *Message) Body() string { return "" }

// Offline returns up to max messages that wait for an account, oldest first,
// beginning after a number (0 for the first page).
func (s *Service) Offline(ctx context.Context, p switchboard.Principal, after int64, max int) ([]Message, error) {
	return nil, errSoon
}

// Attach ends the hand-over of offline messages to a stream.
//
// The protocol: a stream that becomes available with a non-negative priority
// (RFC 6121 §8.5.2.1.1, XEP-0160) does not take bare deliveries yet. It reads pages with
// Offline and queues them in order, with <delay/>; then it calls Attach with the
// number of the last message it has. ready is called in the order of all
// deliveries on this node (so it must not block), with what has come meanwhile:
// it queues that too and marks the stream as one that takes bare deliveries.
// Whatever was committed before ready ran is in the messages handed over;
// whatever is committed later reaches the stream live. DropOffline follows when
// the last of them was handed to the connection (with XEP-0198: acknowledged);
// if it never comes, the messages wait for the next stream.
func (s *Service) Attach(p switchboard.Principal, after int64, ready func([]Message, error)) {
	ready(nil, errSoon)
}

// DropOffline forgets the offline messages of an account up to and including a number.
func (s *Service) DropOffline(p switchboard.Principal, upTo int64) {}

// Redeliver offers a message, that a stream of the asker's took and could not
// hand over before it ended, to the other streams of the account (XEP-0198 §8);
// if none takes it, it waits offline.
func (s *Service) Redeliver(p switchboard.Principal, m *Message) {}

// Roster returns the asker's roster; since is the revision that the client has,
// nil if it has none.
func (s *Service) Roster(ctx context.Context, p switchboard.Principal, since *switchboard.Revision) (Roster, error) {
	return Roster{}, errSoon
}

// SetRosterItem adds a contact or changes its name and groups (RFC 6121 §2.3, §2.4).
func (s *Service) SetRosterItem(ctx context.Context, p switchboard.Principal, item RosterItem) error {
	return errSoon
}

// RemoveRosterItem removes a contact and ends both subscriptions (RFC 6121 §2.5).
func (s *Service) RemoveRosterItem(ctx context.Context, p switchboard.Principal, jid switchboard.JID) error {
	return errSoon
}

// Subscription acts on a subscription stanza that an account sends: kind is
// subscribe, subscribed, unsubscribe or unsubscribed (RFC 6121 §3). stanza is the
// whole <presence/> with from and to bare; nil makes a plain one. What the
// streams of either side have to know is signalled to them.
func (s *Service) Subscription(ctx context.Context, p switchboard.Principal, to switchboard.JID, kind string, stanza []byte) error {
	return errSoon
}

// PendingRequests returns the subscription requests that wait for the asker's
// answer: each available stream gets them first (RFC 6121 §3.1.3).
func (s *Service) PendingRequests(ctx context.Context, p switchboard.Principal) ([]SubscriptionPresence, error) {
	return nil, errSoon
}

// Contacts returns the contacts that share presence with the asker in one
// direction or both, without those that either side blocks.
func (s *Service) Contacts(ctx context.Context, p switchboard.Principal) ([]Contact, error) {
	return nil, errSoon
}

// MaySeePresence reports whether the asker may know another account's presence:
// it is subscribed to it (or is it), and neither blocks the other.
func (s *Service) MaySeePresence(ctx context.Context, p switchboard.Principal, of switchboard.JID) (bool, error) {
	return false, errSoon
}

// Block adds addresses to the asker's block list (XEP-0191).
func (s *Service) Block(ctx context.Context, p switchboard.Principal, jids ...switchboard.JID) error {
	return errSoon
}

// Unblock removes addresses from the asker's block list; none means all.
func (s *Service) Unblock(ctx context.Context, p switchboard.Principal, jids ...switchboard.JID) error {
	return errSoon
}

// Blocked returns the asker's block list.
func (s *Service) Blocked(ctx context.Context, p switchboard.Principal) ([]switchboard.JID, error) {
	return nil, errSoon
}

// BlockedBy returns the accounts that block the asker.
func (s *Service) BlockedBy(ctx context.Context, p switchboard.Principal) ([]switchboard.JID, error) {
	return nil, errSoon
}

// Reach checks whether the asker may address somebody with a stanza that is no
// message (an IQ, directed presence): nil, or NotFound "recipient-unavailable",
// NotAllowed "blocked" and the like. It returns the account, 0 for a group.
func (s *Service) Reach(ctx context.Context, p switchboard.Principal, to switchboard.JID) (switchboard.AccountID, error) {
	return 0, errSoon
}

// Person returns an account as others see it; nobody who blocks the asker.
func (s *Service) Person(ctx context.Context, p switchboard.Principal, jid switchboard.JID) (Person, error) {
	return Person{}, errSoon
}

// People returns a page of the tenant's persons, by localpart.
func (s *Service) People(ctx context.Context, p switchboard.Principal, q PeopleQuery) (PeoplePage, error) {
	return PeoplePage{}, errSoon
}

// SetProfile stores the asker's profile.
func (s *Service) SetProfile(ctx context.Context, p switchboard.Principal, profile Profile) error {
	return errSoon
}

// LastSeen returns when an account's last stream ended; the zero time if it has
// one now. Who is blocked sees nothing (NotFound).
func (s *Service) LastSeen(ctx context.Context, p switchboard.Principal, jid switchboard.JID) (time.Time, error) {
	return time.Time{}, errSoon
}

// Seen stores that an account's last stream has ended now.
func (s *Service) Seen(p switchboard.Principal) {}

// CreateGroup makes a group.
func (s *Service) CreateGroup(ctx context.Context, p switchboard.Principal, g NewGroup) (Group, error) {
	return Group{}, errSoon
}

// AddMember adds an account to a group that the asker owns.
func (s *Service) AddMember(ctx context.Context, p switchboard.Principal, group switchboard.JID, account switchboard.JID) error {
	return errSoon
}

// RemoveMember removes an account from a group that the asker owns, or the asker.
func (s *Service) RemoveMember(ctx context.Context, p switchboard.Principal, group switchboard.JID, account switchboard.JID) error {
	return errSoon
}

// Members lists the members of a group that the asker is in.
func (s *Service) Members(ctx context.Context, p switchboard.Principal, group switchboard.JID) ([]Member, error) {
	return nil, errSoon
}

// Groups lists the groups that the asker is in.
func (s *Service) Groups(ctx context.Context, p switchboard.Principal) ([]Group, error) {
	return nil, errSoon
}

// GroupByJID returns a group that the asker is in.
func (s *Service) GroupByJID(ctx context.Context, p switchboard.Principal, jid switchboard.JID) (Group, error) {
	return Group{}, errSoon
}

// Notice sends a message from a group itself (its bare address) to its members;
// payload is the XML inside <message/>. It is archived.
func (s *Service) Notice(ctx context.Context, group switchboard.GroupID, payload []byte) (Message, error) {
	return Message{}, errSoon
}

// The functions on a Tx are for a room that makes groups of its own (desk) and
// has already decided that they may be made; they check no scope and no role.

// CreateGroupTx makes a group with these members.
func (s *Service) CreateGroupTx(tx *store.Tx, tenant switchboard.TenantID, g NewGroup) (Group, Announce, error) {
	return Group{}, nil, errSoon
}

// AddMemberTx adds an account to a group; adding a member again changes nothing.
func (s *Service) AddMemberTx(tx *store.Tx, group switchboard.GroupID, account switchboard.AccountID) (Announce, error) {
	return nil, errSoon
}

// RemoveMemberTx removes an account from a group.
func (s *Service) RemoveMemberTx(tx *store.Tx, group switchboard.GroupID, account switchboard.AccountID) (Announce, error) {
	return nil, errSoon
}

// MembersTx lists the members of a group.
func (s *Service) MembersTx(tx *store.Tx, group switchboard.GroupID) ([]Member, error) {
	return nil, errSoon
}

// GroupTx returns a group.
func (s *Service) GroupTx(tx *store.Tx, group switchboard.GroupID) (Group, error) {
	return Group{}, errSoon
}

// SendTx sends a message to a group as one of its members (0: as the group
// itself) within a transaction. d.To is ignored; a nil d.Stanza is not allowed:
// see TextStanza. The Message's numbers are filled in when the Write has returned.
func (s *Service) SendTx(tx *store.Tx, group switchboard.GroupID, sender switchboard.AccountID, d Draft) (*Message, Announce, error) {
	return nil, nil, errSoon
}

// TextStanza is a <message/> with a text; the address attributes are added by SendTx.
func TextStanza(kind, id, body string) []byte { return nil }

// PayloadStanza is a <message/> with given XML inside.
func PayloadStanza(kind, id string, payload []byte) []byte { return nil }

// GroupMessages returns messages of a group for a room that has decided that
// they may be read, oldest first, after a number; limit 0 means all.
func (s *Service) GroupMessages(ctx context.Context, group switchboard.GroupID, after int64, limit int) ([]Message, error) {
	return nil, errSoon
}
