package store

import (
	"encoding/json"
	"strings"
	"time"

	"switchboard"
)

// Tenant is an isolated workspace.
type Tenant struct {
	ID       switchboard.TenantID
	Domain   string // the XMPP domain
	Name     string
	GUID     string // the company's public name in widgets
	Licence  string // the licence key that apps present
	Trial    bool   // whoever holds the licence key may register as anyone
	Secret   []byte // 32 bytes: keys for archive ids and identity tokens are derived from it
	Settings map[string]string
	Created  time.Time
}

const tenantColumns = "id, domain, name, guid, licence, trial, secret, settings, created"

func scanTenant(scan func(...any) error) (Tenant, error) {
	var t Tenant
	var trial, created int64
	var settings string
	err := scan(&t.ID, &t.Domain, &t.Name, &t.GUID, &t.Licence, &trial, &t.Secret, &settings, &created)
	if err != nil {
		return t, err
	}
	t.Trial, t.Created = trial != 0, fromMicros(created)
	return t, json.Unmarshal([]byte(settings), &t.Settings)
}

// InsertTenant stores a tenant and returns its id.
func (tx *Tx) InsertTenant(t Tenant) (id switchboard.TenantID, err error) {
	err = tx.mutate(`INSERT INTO tenants (domain, name, guid, licence, trial, secret, settings, created)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8) RETURNING id`,
		t.Domain, t.Name, t.GUID, t.Licence, bit(t.Trial), t.Secret, settingsText(t.Settings), micros(tx.Now())).Scan(&id)
	return id, err
}

// UpdateTenant stores a tenant's name, licence, trial mode and settings.
func (tx *Tx) UpdateTenant(t Tenant) error {
	n, err := tx.exec("UPDATE tenants SET name = $1, licence = $2, trial = $3, settings = $4 WHERE id = $5",
		t.Name, t.Licence, bit(t.Trial), settingsText(t.Settings), int64(t.ID))
	return oneRow(n, err)
}

// Tenant returns a tenant by its id, or ErrNone.
func (tx *Tx) Tenant(id switchboard.TenantID) (Tenant, error) {
	return scanTenant(tx.row("SELECT "+tenantColumns+" FROM tenants WHERE id = $1", int64(id)).Scan)
}

// TenantByDomain returns a tenant by its XMPP domain, or ErrNone.
func (tx *Tx) TenantByDomain(domain string) (Tenant, error) {
	return scanTenant(tx.row("SELECT "+tenantColumns+" FROM tenants WHERE domain = $1", domain).Scan)
}

// TenantByLicence returns a tenant by its licence key, or ErrNone.
func (tx *Tx) TenantByLicence(key string) (Tenant, error) {
	return scanTenant(tx.row("SELECT "+tenantColumns+" FROM tenants WHERE licence = $1", key).Scan)
}

// TenantByGUID returns a tenant by its company GUID, or ErrNone.
func (tx *Tx) TenantByGUID(guid string) (Tenant, error) {
	return scanTenant(tx.row("SELECT "+tenantColumns+" FROM tenants WHERE guid = $1", guid).Scan)
}

// Tenants lists all tenants, oldest first.
func (tx *Tx) Tenants() ([]Tenant, error) {
	rows, err := tx.query("SELECT " + tenantColumns + " FROM tenants ORDER BY id")
	return collect(rows, err, scanTenant)
}

// Account is someone or something that can authenticate.
type Account struct {
	ID        switchboard.AccountID
	Tenant    switchboard.TenantID
	Localpart string
	Kind      switchboard.AccountKind
	Admin     bool
	Disabled  bool
	Archive   switchboard.ArchiveID
	Profile
	Created  time.Time
	Seen     time.Time // when the last of its streams ended; zero if never
	Deleting time.Time // when its data go; zero unless it is being deleted
}

// Deleted marks the account that stands in the place of a deleted one, so that
// nobody inherits its name, contacts and messages.
const Deleted switchboard.AccountKind = "deleted"

// Gone tells that an account is being deleted, or was.
func (a *Account) Gone() bool { return a.Kind == Deleted || !a.Deleting.IsZero() }

// Blocked tells that an administrator has blocked an account.
func (a *Account) Blocked() bool { return a.Disabled && !a.Gone() }

// Profile is what an account shows of itself.
type Profile struct {
	Name, Email, Mobile, Status, Image string
	Metadata                           map[string]string
}

const accountColumns = `id, tenant, localpart, kind, admin, disabled, archive, name, email, mobile, status, image, metadata,
	created, seen, deleting`

func scanAccount(scan func(...any) error) (Account, error) {
	var a Account
	var admin, disabled, created, seen, deleting int64
	var metadata string
	err := scan(&a.ID, &a.Tenant, &a.Localpart, &a.Kind, &admin, &disabled, &a.Archive, &a.Name, &a.Email, &a.Mobile,
		&a.Status, &a.Image, &metadata, &created, &seen, &deleting)
	if err != nil {
		return a, err
	}
	a.Admin, a.Disabled, a.Created, a.Seen, a.Deleting = admin != 0, disabled != 0, fromMicros(created), fromMicros(seen), fromMicros(deleting)
	return a, json.Unmarshal([]byte(metadata), &a.Metadata)
}

// InsertAccount stores an account with a new archive and returns it complete,
// or ErrDuplicate when the tenant has one with this localpart. Callers that
// can should look first: a duplicate costs the group a second run.
func (tx *Tx) InsertAccount(a Account) (Account, error) {
	archive, err := tx.InsertArchive()
	if err != nil {
		return a, err
	}
	a.Archive, a.Created = archive, tx.Now()
	err = tx.mutate(`INSERT INTO accounts (tenant, localpart, kind, admin, disabled, archive, name, email, mobile, status, image,
		metadata, created, seen) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14) RETURNING id`,
		int64(a.Tenant), a.Localpart, string(a.Kind), bit(a.Admin), bit(a.Disabled), int64(a.Archive), a.Name, a.Email, a.Mobile,
		a.Status, a.Image, settingsText(a.Metadata), micros(a.Created), micros(a.Seen)).Scan(&a.ID)
	return a, err
}

// InsertArchive makes an empty archive.
func (tx *Tx) InsertArchive() (id switchboard.ArchiveID, err error) {
	err = tx.mutate("INSERT INTO archives (last) VALUES (0) RETURNING id").Scan(&id)
	return id, err
}

// UpdateProfile stores an account's profile.
func (tx *Tx) UpdateProfile(id switchboard.AccountID, p Profile) error {
	n, err := tx.exec("UPDATE accounts SET name = $1, email = $2, mobile = $3, status = $4, image = $5, metadata = $6 WHERE id = $7",
		p.Name, p.Email, p.Mobile, p.Status, p.Image, settingsText(p.Metadata), int64(id))
	return oneRow(n, err)
}

// SetAccountDisabled stores whether an account may sign in. The addresses of its
// picture end when it may not.
func (tx *Tx) SetAccountDisabled(id switchboard.AccountID, disabled bool) error {
	if disabled {
		if _, err := tx.MovePicture(id); err != nil {
			return err
		}
	}
	n, err := tx.exec("UPDATE accounts SET disabled = $1 WHERE id = $2", bit(disabled), int64(id))
	return oneRow(n, err)
}

// SetAccountRole stores an account's kind and whether it administers its tenant.
func (tx *Tx) SetAccountRole(id switchboard.AccountID, kind switchboard.AccountKind, admin bool) error {
	n, err := tx.exec("UPDATE accounts SET kind = $1, admin = $2 WHERE id = $3", string(kind), bit(admin), int64(id))
	return oneRow(n, err)
}

// SetAccountSeen stores when an account's last stream ended.
func (tx *Tx) SetAccountSeen(id switchboard.AccountID, at time.Time) error {
	n, err := tx.exec("UPDATE accounts SET seen = $1 WHERE id = $2", micros(at), int64(id))
	return oneRow(n, err)
}

// Account returns an account by its id, or ErrNone.
func (tx *Tx) Account(id switchboard.AccountID) (Account, error) {
	return scanAccount(tx.row("SELECT "+accountColumns+" FROM accounts WHERE id = $1", int64(id)).Scan)
}

// AccountByName returns an account by its localpart, or ErrNone.
func (tx *Tx) AccountByName(tenant switchboard.TenantID, localpart string) (Account, error) {
	return scanAccount(tx.row("SELECT "+accountColumns+" FROM accounts WHERE tenant = $1 AND localpart = $2",
		int64(tenant), localpart).Scan)
}

// AccountQuery selects accounts. Zero fields select nothing away.
type AccountQuery struct {
	Kind   switchboard.AccountKind // empty: all but API keys and what is left of deleted accounts
	Search string                  // part of the localpart or the name, without regard to ASCII case
	Emails bool                    // search e-mail addresses, too
	Admin  bool                    // administrators only
	Limit  int                     // at most this many; 0 means 100
	Offset int
}

// Accounts lists a tenant's accounts in the order of their localparts.
func (tx *Tx) Accounts(tenant switchboard.TenantID, q AccountQuery) ([]Account, error) {
	where, args := q.where(tenant)
	if q.Limit <= 0 {
		q.Limit = 100
	}
	args = append(args, q.Limit, q.Offset)
	rows, err := tx.query("SELECT "+accountColumns+" FROM accounts WHERE "+where+
		" ORDER BY localpart LIMIT $"+itoa(len(args)-1)+" OFFSET $"+itoa(len(args)), args...)
	return collect(rows, err, scanAccount)
}

// CountAccounts counts what Accounts would list without a limit.
func (tx *Tx) CountAccounts(tenant switchboard.TenantID, q AccountQuery) (n int, err error) {
	where, args := q.where(tenant)
	err = tx.row("SELECT count(*) FROM accounts WHERE "+where, args...).Scan(&n)
	return n, err
}

func (q AccountQuery) where(tenant switchboard.TenantID) (string, []any) {
	where, args := "tenant = $1", []any{int64(tenant)}
	if q.Kind != "" {
		args = append(args, string(q.Kind))
		where += " AND kind = $" + itoa(len(args))
	} else {
		where += " AND kind NOT IN ('client', 'deleted')"
	}
	if q.Admin {
		where += " AND admin = 1"
	}
	if q.Search != "" {
		pattern := "%" + likeText(q.Search) + "%"
		columns := []string{"localpart", "lower(name)"}
		if q.Emails {
			columns = append(columns, "lower(email)")
		}
		for i, c := range columns {
			args = append(args, pattern)
			columns[i] = c + " LIKE $" + itoa(len(args)) + ` ESCAPE '\'`
		}
		where += " AND (" + strings.Join(columns, " OR ") + ")"
	}
	return where, args
}
