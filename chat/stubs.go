package chat

import (
	"context"
	"time"

	"switchboard"
	"switchboard/store"
)

var errSoon = switchboard.E(switchboard.Unsupported, "not-built", "this is not built yet")

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
