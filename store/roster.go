package store

import (
	"encoding/json"

	"switchboard"
)

// Contact is a row of an account's roster: the state of RFC 6121 Appendix A.1
// in four booleans, what the owner calls it, and a request that waits.
type Contact struct {
	Account   switchboard.AccountID
	JID       string // bare
	Localpart string // "" if the contact is not of the same tenant
	Name      string
	Labels    []string // roster groups
	To, From  bool     // the owner is subscribed to the contact; the contact to the owner
	Asked     bool     // pending out
	Requested bool     // pending in
	Approved  bool     // pre-approved
	Listed    bool     // in the roster that the owner sees
	Revision  switchboard.Revision
	Request   []byte // the stanza of the request while Requested
}

const contactColumns = `account, jid, localpart, name, labels, subscribed_to, subscribed_from, asked, requested, approved,
	listed, revision, request`

func scanContact(scan func(...any) error) (c Contact, err error) {
	var to, from, asked, requested, approved, listed int64
	var labels string
	err = scan(&c.Account, &c.JID, &c.Localpart, &c.Name, &labels, &to, &from, &asked, &requested, &approved, &listed,
		&c.Revision, &c.Request)
	if err != nil {
		return c, err
	}
	c.To, c.From, c.Asked, c.Requested, c.Approved, c.Listed = to != 0, from != 0, asked != 0, requested != 0, approved != 0, listed != 0
	if labels != "" {
		err = json.Unmarshal([]byte(labels), &c.Labels)
	}
	return c, err
}

// RosterRevision returns a roster's last revision and the newest one whose
// deltas are no longer kept.
func (tx *Tx) RosterRevision(account switchboard.AccountID) (last, floor switchboard.Revision, err error) {
	err = tx.row("SELECT revision, floor FROM rosters WHERE account = $1", int64(account)).Scan(&last, &floor)
	if err == ErrNone {
		err = nil
	}
	return last, floor, err
}

// NextRosterRevision counts a roster's revision up and returns it.
func (tx *Tx) NextRosterRevision(account switchboard.AccountID) (r switchboard.Revision, err error) {
	err = tx.mutate(`INSERT INTO rosters (account, revision, floor) VALUES ($1, 1, 0)
		ON CONFLICT (account) DO UPDATE SET revision = rosters.revision + 1 RETURNING revision`, int64(account)).Scan(&r)
	return r, err
}

// Contacts lists the rows of a roster that have changed after a revision, in
// the order of their changes.
func (tx *Tx) Contacts(account switchboard.AccountID, after switchboard.Revision) ([]Contact, error) {
	rows, err := tx.query("SELECT "+contactColumns+" FROM roster WHERE account = $1 AND revision > $2 ORDER BY revision",
		int64(account), int64(after))
	return collect(rows, err, scanContact)
}

// Requests lists the rows of a roster with a request that waits.
func (tx *Tx) Requests(account switchboard.AccountID) ([]Contact, error) {
	rows, err := tx.query("SELECT "+contactColumns+" FROM roster WHERE account = $1 AND requested = 1 ORDER BY jid", int64(account))
	return collect(rows, err, scanContact)
}

// Contact returns a row of a roster, or ErrNone.
func (tx *Tx) Contact(account switchboard.AccountID, jid string) (Contact, error) {
	return scanContact(tx.row("SELECT "+contactColumns+" FROM roster WHERE account = $1 AND jid = $2", int64(account), jid).Scan)
}

// CountContacts counts the rows of a roster that are in use, seen by the owner or not.
func (tx *Tx) CountContacts(account switchboard.AccountID) (n int, err error) {
	err = tx.row("SELECT count(*) FROM roster WHERE account = $1 AND (listed = 1 OR requested = 1)", int64(account)).Scan(&n)
	return n, err
}

// PutContact stores a row of a roster.
func (tx *Tx) PutContact(c Contact) error {
	labels := ""
	if len(c.Labels) > 0 {
		b, err := json.Marshal(c.Labels)
		if err != nil {
			return err
		}
		labels = string(b)
	}
	_, err := tx.exec(`INSERT INTO roster (account, jid, localpart, name, labels, subscribed_to, subscribed_from, asked, requested,
		approved, listed, revision, request) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
		ON CONFLICT (account, jid) DO UPDATE SET localpart = excluded.localpart, name = excluded.name, labels = excluded.labels,
		subscribed_to = excluded.subscribed_to, subscribed_from = excluded.subscribed_from, asked = excluded.asked,
		requested = excluded.requested, approved = excluded.approved, listed = excluded.listed, revision = excluded.revision,
		request = excluded.request`,
		int64(c.Account), c.JID, c.Localpart, c.Name, labels, bit(c.To), bit(c.From), bit(c.Asked), bit(c.Requested),
		bit(c.Approved), bit(c.Listed), int64(c.Revision), c.Request)
	return err
}

// TrimRoster drops the oldest rows that stand for removed contacts when there
// are more than keep, and raises the floor accordingly.
func (tx *Tx) TrimRoster(account switchboard.AccountID, keep int) error {
	var floor int64
	err := tx.row(`SELECT revision FROM roster WHERE account = $1 AND listed = 0 AND requested = 0
		ORDER BY revision DESC LIMIT 1 OFFSET $2`, int64(account), keep).Scan(&floor)
	if err == ErrNone {
		return nil
	}
	if err != nil {
		return err
	}
	if _, err := tx.exec("DELETE FROM roster WHERE account = $1 AND listed = 0 AND requested = 0 AND revision <= $2",
		int64(account), floor); err != nil {
		return err
	}
	_, err = tx.exec("UPDATE rosters SET floor = $1 WHERE account = $2", floor, int64(account))
	return err
}

// Peer is a contact of the same tenant with whom an account shares presence.
type Peer struct {
	Account  switchboard.AccountID
	JID      string
	To, From bool
}

// Peers lists the contacts of an account that are subscribed in a direction and
// are enabled accounts of its tenant.
func (tx *Tx) Peers(account switchboard.AccountID, tenant switchboard.TenantID) ([]Peer, error) {
	rows, err := tx.query(`SELECT a.id, r.jid, r.subscribed_to, r.subscribed_from FROM roster r
		JOIN accounts a ON a.tenant = $1 AND a.localpart = r.localpart
		WHERE r.account = $2 AND (r.subscribed_to = 1 OR r.subscribed_from = 1) AND a.disabled = 0 ORDER BY r.jid`,
		int64(tenant), int64(account))
	return collect(rows, err, func(scan func(...any) error) (p Peer, err error) {
		var to, from int64
		err = scan(&p.Account, &p.JID, &to, &from)
		p.To, p.From = to != 0, from != 0
		return p, err
	})
}

// InsertBlock adds an address to a block list; false means that it was there.
func (tx *Tx) InsertBlock(account switchboard.AccountID, jid string) (bool, error) {
	n, err := tx.exec("INSERT INTO blocks (account, jid) VALUES ($1, $2) ON CONFLICT DO NOTHING", int64(account), jid)
	return n > 0, err
}

// DeleteBlock removes an address from a block list; false means that it was not there.
func (tx *Tx) DeleteBlock(account switchboard.AccountID, jid string) (bool, error) {
	n, err := tx.exec("DELETE FROM blocks WHERE account = $1 AND jid = $2", int64(account), jid)
	return n > 0, err
}

// Blocks lists the addresses that an account blocks.
func (tx *Tx) Blocks(account switchboard.AccountID) ([]string, error) {
	rows, err := tx.query("SELECT jid FROM blocks WHERE account = $1 ORDER BY jid", int64(account))
	return collect(rows, err, scanText)
}

func scanText(scan func(...any) error) (s string, err error) { return s, scan(&s) }

// BlockedBy lists the accounts of a tenant that block an address.
func (tx *Tx) BlockedBy(tenant switchboard.TenantID, jid string) ([]Account, error) {
	rows, err := tx.query("SELECT "+accountColumns+` FROM accounts WHERE tenant = $1
		AND id IN (SELECT account FROM blocks WHERE jid = $2) ORDER BY localpart`, int64(tenant), jid)
	return collect(rows, err, scanAccount)
}
