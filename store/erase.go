package store

import (
	"encoding/json"
	"slices"
	"strings"

	"switchboard"
)

// Erasure empties messages and keeps their places: positions of the ledger and
// numbers of other people's archives stay without gaps. A head counts how many
// of its messages are empty.

// HeadPeers lists the peers of an archive's threads, also of those without a
// message to show.
func (tx *Tx) HeadPeers(archive switchboard.ArchiveID) ([]string, error) {
	rows, err := tx.query("SELECT peer FROM heads WHERE archive = $1 ORDER BY peer", int64(archive))
	return collect(rows, err, func(scan func(...any) error) (peer string, err error) { return peer, scan(&peer) })
}

// EmptyThread empties the messages that somebody wrote among up to limit of a
// thread after a number. It returns the number to go on after, 0 at the end.
func (tx *Tx) EmptyThread(archive switchboard.ArchiveID, peer string, author switchboard.AccountID, after int64, limit int) (next int64, err error) {
	if err := tx.flush(); err != nil {
		return 0, err
	}
	rows, err := tx.threadMessages(archive, ArchiveRange{Peer: peer, OnlyPeer: true, Above: after, Limit: limit})
	if err != nil || len(rows) == 0 {
		return 0, err
	}
	if len(rows) == limit {
		next = rows[limit-1].Number
	}
	rows = slices.DeleteFunc(rows, func(r Archived) bool { return r.Actor != author })
	for _, r := range rows {
		if _, err := tx.exec("UPDATE ledger SET payload = NULL WHERE position = $1", int64(r.Position)); err != nil {
			return 0, err
		}
		if err := tx.DeleteOffline(archive, r.Number, r.Number); err != nil {
			return 0, err
		}
	}
	_, err = tx.exec("UPDATE heads SET erased = erased + $1 WHERE archive = $2 AND peer = $3", len(rows), int64(archive), peer)
	return next, err
}

// SetHead stores which message of a thread is the newest to show, 0 for none,
// and how many the owner has not seen.
func (tx *Tx) SetHead(archive switchboard.ArchiveID, peer string, last, unread int64) error {
	_, err := tx.exec("UPDATE heads SET last = $1, unread = $2 WHERE archive = $3 AND peer = $4", last, unread, int64(archive), peer)
	return err
}

// DropThread forgets which messages of an archive are with a peer.
func (tx *Tx) DropThread(archive switchboard.ArchiveID, peer string) error {
	if _, err := tx.exec("DELETE FROM threads WHERE archive = $1 AND peer = $2", int64(archive), peer); err != nil {
		return err
	}
	_, err := tx.exec("DELETE FROM heads WHERE archive = $1 AND peer = $2", int64(archive), peer)
	return err
}

// CutArchive removes the newest n places of an account's own archive, empties
// what the account itself wrote there, and returns how many are left.
func (tx *Tx) CutArchive(archive switchboard.ArchiveID, owner switchboard.AccountID, n int64) (left int64, err error) {
	if err := tx.flush(); err != nil {
		return 0, err
	}
	if err := tx.row("SELECT last FROM archives WHERE id = $1", int64(archive)).Scan(&left); err != nil {
		return 0, err
	}
	left = max(left-n, 0)
	if _, err := tx.exec(`UPDATE ledger SET payload = NULL WHERE payload IS NOT NULL AND actor = $1
		AND position IN (SELECT position FROM entries WHERE archive = $2 AND number > $3)`, int64(owner), int64(archive), left); err != nil {
		return 0, err
	}
	for _, q := range []string{
		"DELETE FROM offline WHERE archive = $1 AND number > $2",
		"DELETE FROM entries WHERE archive = $1 AND number > $2",
	} {
		if _, err := tx.exec(q, int64(archive), left); err != nil {
			return 0, err
		}
	}
	_, err = tx.exec("UPDATE archives SET last = $1 WHERE id = $2", left, int64(archive))
	return left, err
}

// WrittenGroups lists groups of a tenant after an id in which an account has
// written something that is not empty, or is a member. What somebody who serves
// customers said in their conversations is not the account's own: those groups
// are left out, but for the customer's.
func (tx *Tx) WrittenGroups(a Account, bare string, after switchboard.GroupID, limit int) ([]Group, error) {
	rows, err := tx.query("SELECT "+groupColumns+` FROM chat_groups g LEFT JOIN heads h ON h.archive = g.archive AND h.peer = $1
		WHERE g.tenant = $2 AND g.id > $3
		AND (h.total > h.erased OR EXISTS (SELECT 1 FROM group_members m WHERE m.chat_group = g.id AND m.account = $4))
		AND NOT EXISTS (SELECT 1 FROM conversations c WHERE c.chat_group = g.id AND c.visitor <> $5)
		ORDER BY g.id LIMIT $6`, bare, int64(a.Tenant), int64(after), int64(a.ID), int64(a.ID), limit)
	return collect(rows, err, scanGroup)
}

// EraseVisitor empties what is known of a customer beside the words of the
// conversations, which it returns.
func (tx *Tx) EraseVisitor(id switchboard.AccountID) ([]switchboard.ConversationID, error) {
	if _, err := tx.exec(`UPDATE chat_groups SET name = 'Conversation' WHERE id IN (SELECT chat_group FROM conversations WHERE visitor = $1)`,
		int64(id)); err != nil {
		return nil, err
	}
	if _, err := tx.exec("UPDATE conversations SET guest = '{}', params = '[]', feedback = '', note = '' WHERE visitor = $1", int64(id)); err != nil {
		return nil, err
	}
	if _, err := tx.exec(`UPDATE conversation_operators SET note = '' WHERE conversation IN (SELECT id FROM conversations WHERE visitor = $1)`,
		int64(id)); err != nil {
		return nil, err
	}
	rows, err := tx.query("SELECT id FROM conversations WHERE visitor = $1 ORDER BY id", int64(id))
	return collect(rows, err, func(scan func(...any) error) (c switchboard.ConversationID, err error) { return c, scan(&c) })
}

// ForgetGuest removes the customer's name from facts about conversations.
func (tx *Tx) ForgetGuest(facts []switchboard.Event) error {
	for _, e := range facts {
		var f switchboard.ConversationFact
		if len(e.Payload) == 0 || json.Unmarshal(e.Payload, &f) != nil || f.Guest == "" {
			continue
		}
		f.Guest = ""
		if _, err := tx.exec("UPDATE ledger SET payload = $1 WHERE position = $2", switchboard.Payload(f), int64(e.Position)); err != nil {
			return err
		}
	}
	return nil
}

// EraseAccount removes what is left of an account but its row, which keeps the name taken.
func (tx *Tx) EraseAccount(a Account, bare string) error {
	id := int64(a.ID)
	for _, table := range []string{"push_tokens", "call_logs", "blocks", "roster", "rosters", "group_members", "oauth_codes",
		"browser_sessions", "setup_tokens", "device_grants", "account_providers", "credentials", "queue_members", "operator_states", "deletions"} {
		if _, err := tx.exec("DELETE FROM "+table+" WHERE account = $1", id); err != nil {
			return err
		}
	}
	for _, q := range []string{
		"DELETE FROM refresh_tokens WHERE device IN (SELECT id FROM devices WHERE account = $1)",
		"DELETE FROM devices WHERE account = $1",
		"DELETE FROM threads WHERE archive = (SELECT archive FROM accounts WHERE id = $1)",
		"DELETE FROM heads WHERE archive = (SELECT archive FROM accounts WHERE id = $1)",
		"UPDATE feedback SET account = 0 WHERE account = $1",
		`UPDATE accounts SET kind = 'deleted', admin = 0, disabled = 1, deleting = 0, name = '', email = '', mobile = '', status = '',
			image = '', metadata = '{}', seen = 0 WHERE id = $1`,
	} {
		if _, err := tx.exec(q, id); err != nil {
			return err
		}
	}
	if _, err := tx.exec("DELETE FROM blocks WHERE jid = $1", bare); err != nil {
		return err
	}
	// An operator's states have a note, which is the operator's own words.
	if _, err := tx.exec("UPDATE ledger SET payload = NULL WHERE tenant = $1 AND subject = $2 AND kind = 'operator.status' AND kind <> 'message'",
		int64(a.Tenant), id); err != nil {
		return err
	}
	_, err := tx.exec("DELETE FROM call_rooms WHERE creator = $1", id)
	return err
}

// EraseReported removes an account's words from what was reported, of itself and
// of others.
func (tx *Tx) EraseReported(a Account, bare string) error {
	if _, err := tx.exec("UPDATE reports SET messages = '[]' WHERE tenant = $1 AND about = $2", int64(a.Tenant), bare); err != nil {
		return err
	}
	rows, err := tx.query("SELECT "+reportColumns+" FROM reports WHERE tenant = $1 AND "+tx.db.dialect.contains("messages", "$2")+" ORDER BY id",
		int64(a.Tenant), a.Localpart)
	reports, err := collect(rows, err, scanReport)
	if err != nil {
		return err
	}
	for _, r := range reports {
		kept := slices.DeleteFunc(slices.Clone(r.Messages), func(m ReportedMessage) bool {
			who, _, _ := strings.Cut(m.Publisher, "/") // an address, or an identifier
			return strings.EqualFold(who, bare) || strings.EqualFold(who, a.Localpart)
		})
		if len(kept) == len(r.Messages) {
			continue
		}
		messages, err := json.Marshal(kept)
		if err != nil {
			return err
		}
		if _, err := tx.exec("UPDATE reports SET messages = $1 WHERE id = $2", string(messages), r.ID); err != nil {
			return err
		}
	}
	return nil
}
