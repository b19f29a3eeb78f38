package store

import (
	"time"

	"switchboard"
)

// Group is a chat with members.
type Group struct {
	ID        switchboard.GroupID
	Tenant    switchboard.TenantID
	Localpart string
	Name      string
	Archive   switchboard.ArchiveID
	Created   time.Time
	Blocked   bool // by an administrator
}

const groupColumns = "g.id, g.tenant, g.localpart, g.name, g.archive, g.created, g.blocked"

func scanGroup(scan func(...any) error) (g Group, err error) {
	var created, blocked int64
	err = scan(&g.ID, &g.Tenant, &g.Localpart, &g.Name, &g.Archive, &created, &blocked)
	g.Created, g.Blocked = fromMicros(created), blocked != 0
	return g, err
}

// InsertGroup stores a group with a new archive and returns it complete.
func (tx *Tx) InsertGroup(g Group) (Group, error) {
	archive, err := tx.InsertArchive()
	if err != nil {
		return g, err
	}
	g.Archive, g.Created = archive, tx.Now()
	err = tx.mutate(`INSERT INTO chat_groups (tenant, localpart, name, archive, created) VALUES ($1, $2, $3, $4, $5) RETURNING id`,
		int64(g.Tenant), g.Localpart, g.Name, int64(g.Archive), micros(g.Created)).Scan(&g.ID)
	return g, err
}

// Group returns a group by its id, or ErrNone.
func (tx *Tx) Group(id switchboard.GroupID) (Group, error) {
	return scanGroup(tx.row("SELECT "+groupColumns+" FROM chat_groups g WHERE g.id = $1", int64(id)).Scan)
}

// GroupByName returns a group by its localpart, or ErrNone.
func (tx *Tx) GroupByName(tenant switchboard.TenantID, localpart string) (Group, error) {
	return scanGroup(tx.row("SELECT "+groupColumns+" FROM chat_groups g WHERE g.tenant = $1 AND g.localpart = $2",
		int64(tenant), localpart).Scan)
}

// Member is an account in a group.
type Member struct {
	Group     switchboard.GroupID
	Account   switchboard.AccountID
	Localpart string
	Name      string
	Kind      switchboard.AccountKind
	Role      string
	Joined    time.Time
	Displayed int64 // number in the group's archive up to which it has seen the messages
}

const memberColumns = "m.chat_group, m.account, a.localpart, a.name, a.kind, m.role, m.joined, m.displayed"

func scanMember(scan func(...any) error) (m Member, err error) {
	var joined int64
	err = scan(&m.Group, &m.Account, &m.Localpart, &m.Name, &m.Kind, &m.Role, &joined, &m.Displayed)
	m.Joined = fromMicros(joined)
	return m, err
}

// InsertMember adds an account to a group, which has seen what is there; false
// means that it was in it.
func (tx *Tx) InsertMember(group switchboard.GroupID, account switchboard.AccountID, role string) (bool, error) {
	n, err := tx.exec(`INSERT INTO group_members (chat_group, account, role, joined, displayed)
		SELECT CAST($1 AS BIGINT), CAST($2 AS BIGINT), CAST($3 AS TEXT), CAST($4 AS BIGINT), r.last FROM chat_groups g JOIN archives r ON r.id = g.archive WHERE g.id = $5
		ON CONFLICT DO NOTHING`, int64(group), int64(account), role, micros(tx.Now()), int64(group))
	return n > 0, err
}

// DeleteMember removes an account from a group; false means that it was not in it.
func (tx *Tx) DeleteMember(group switchboard.GroupID, account switchboard.AccountID) (bool, error) {
	n, err := tx.exec("DELETE FROM group_members WHERE chat_group = $1 AND account = $2", int64(group), int64(account))
	return n > 0, err
}

// Members lists the members of a group in the order in which they came.
func (tx *Tx) Members(group switchboard.GroupID) ([]Member, error) {
	rows, err := tx.query("SELECT "+memberColumns+` FROM group_members m JOIN accounts a ON a.id = m.account
		WHERE m.chat_group = $1 ORDER BY m.joined, m.account`, int64(group))
	return collect(rows, err, scanMember)
}

// Member returns an account's membership of a group, or ErrNone.
func (tx *Tx) Member(group switchboard.GroupID, account switchboard.AccountID) (Member, error) {
	return scanMember(tx.row("SELECT "+memberColumns+` FROM group_members m JOIN accounts a ON a.id = m.account
		WHERE m.chat_group = $1 AND m.account = $2`, int64(group), int64(account)).Scan)
}

// SetMemberDisplayed stores how far a member has seen a group's messages; it
// never goes back.
func (tx *Tx) SetMemberDisplayed(group switchboard.GroupID, account switchboard.AccountID, number int64) error {
	_, err := tx.exec("UPDATE group_members SET displayed = $1 WHERE chat_group = $2 AND account = $3 AND displayed < $4",
		number, int64(group), int64(account), number)
	return err
}

// SetGroupBlocked stores whether an administrator has blocked a group.
func (tx *Tx) SetGroupBlocked(group switchboard.GroupID, blocked bool) error {
	n, err := tx.exec("UPDATE chat_groups SET blocked = $1 WHERE id = $2", bit(blocked), int64(group))
	return oneRow(n, err)
}

// SetMemberRole stores what a member may do.
func (tx *Tx) SetMemberRole(group switchboard.GroupID, account switchboard.AccountID, role string) error {
	n, err := tx.exec("UPDATE group_members SET role = $1 WHERE chat_group = $2 AND account = $3", role, int64(group), int64(account))
	return oneRow(n, err)
}

// CountUnread counts the messages of a group's archive after a number that
// somebody else than one member wrote; what the group itself says is not counted.
func (tx *Tx) CountUnread(archive switchboard.ArchiveID, after int64, member string) (n int, err error) {
	err = tx.row(`SELECT count(*) FROM entries e JOIN ledger l ON l.position = e.position WHERE e.archive = $1 AND e.number > $2
		AND e.peer <> $3 AND e.peer NOT IN ('', '?') AND l.payload IS NOT NULL`, int64(archive), after, member).Scan(&n)
	return n, err
}

// Membership is a group as one of its members has it.
type Membership struct {
	Group
	Role      string
	Last      int64                // number of the group's newest message that is not quiet
	Position  switchboard.Position // of that message; 0 if there is none
	Displayed int64
}

// Memberships lists the groups of an account, the one with the newest message first.
func (tx *Tx) Memberships(account switchboard.AccountID) ([]Membership, error) {
	rows, err := tx.query("SELECT "+groupColumns+`, m.role, coalesce(e.number, 0), coalesce(e.position, 0), m.displayed
		FROM group_members m JOIN chat_groups g ON g.id = m.chat_group
		LEFT JOIN entries e ON e.archive = g.archive AND e.number =
			(SELECT x.number FROM entries x JOIN ledger l ON l.position = x.position
				WHERE x.archive = g.archive AND x.peer <> '?' AND l.payload IS NOT NULL ORDER BY x.number DESC LIMIT 1)
		WHERE m.account = $1 ORDER BY 10 DESC, g.id DESC`, int64(account))
	return collect(rows, err, func(scan func(...any) error) (m Membership, err error) {
		var created, blocked int64
		err = scan(&m.ID, &m.Tenant, &m.Localpart, &m.Name, &m.Archive, &created, &blocked, &m.Role, &m.Last, &m.Position, &m.Displayed)
		m.Created, m.Blocked = fromMicros(created), blocked != 0
		return m, err
	})
}
