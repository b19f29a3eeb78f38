package store

import (
	"encoding/json"
	"time"

	"switchboard"
)

// Report is what somebody reported about a user or group.
type Report struct {
	ID       int64
	Tenant   switchboard.TenantID
	Reporter switchboard.AccountID
	About    string // the bare address of the user or group
	ChatType string
	Messages []ReportedMessage
	State    string // open, resolved, dismissed
	Note     string
	Handler  switchboard.AccountID // who changed the state last
	Created  time.Time
	Handled  time.Time
}

// ReportedMessage is a message as the reporter saw it.
type ReportedMessage struct {
	ID        string    `json:"id"`
	Text      string    `json:"text,omitempty"`
	Type      string    `json:"type,omitempty"`
	File      string    `json:"file,omitempty"`
	Time      time.Time `json:"time,omitzero"`
	Publisher string    `json:"publisher,omitempty"`
}

const reportColumns = "id, tenant, reporter, about, chat_type, messages, state, note, handler, created, handled"

func scanReport(scan func(...any) error) (r Report, err error) {
	var messages string
	var created, handled int64
	err = scan(&r.ID, &r.Tenant, &r.Reporter, &r.About, &r.ChatType, &messages, &r.State, &r.Note, &r.Handler, &created, &handled)
	if err != nil {
		return r, err
	}
	r.Created, r.Handled = fromMicros(created), fromMicros(handled)
	return r, json.Unmarshal([]byte(messages), &r.Messages)
}

// InsertReport stores a report and returns its id.
func (tx *Tx) InsertReport(r Report) (id int64, err error) {
	messages, err := json.Marshal(r.Messages)
	if err != nil {
		return 0, err
	}
	err = tx.mutate(`INSERT INTO reports (tenant, reporter, about, chat_type, messages, state, note, handler, created, handled)
		VALUES ($1, $2, $3, $4, $5, $6, '', 0, $7, 0) RETURNING id`, int64(r.Tenant), int64(r.Reporter), r.About, r.ChatType,
		string(messages), r.State, micros(tx.Now())).Scan(&id)
	return id, err
}

// Report returns a report of a tenant, or ErrNone.
func (tx *Tx) Report(tenant switchboard.TenantID, id int64) (Report, error) {
	return scanReport(tx.row("SELECT "+reportColumns+" FROM reports WHERE tenant = $1 AND id = $2", int64(tenant), id).Scan)
}

// Reports lists a tenant's reports, newest first; state "" means all.
func (tx *Tx) Reports(tenant switchboard.TenantID, state string, limit, offset int) ([]Report, error) {
	rows, err := tx.query("SELECT "+reportColumns+` FROM reports WHERE tenant = $1 AND ($2 = '' OR state = $3)
		ORDER BY id DESC LIMIT $4 OFFSET $5`, int64(tenant), state, state, limit, offset)
	return collect(rows, err, scanReport)
}

// CountReports counts what Reports would list without a limit.
func (tx *Tx) CountReports(tenant switchboard.TenantID, state string) (n int, err error) {
	err = tx.row("SELECT count(*) FROM reports WHERE tenant = $1 AND ($2 = '' OR state = $3)", int64(tenant), state, state).Scan(&n)
	return n, err
}

// HandleReport stores what became of a report.
func (tx *Tx) HandleReport(id int64, state, note string, handler switchboard.AccountID) error {
	n, err := tx.exec("UPDATE reports SET state = $1, note = $2, handler = $3, handled = $4 WHERE id = $5",
		state, note, int64(handler), micros(tx.Now()), id)
	return oneRow(n, err)
}

// FeedbackEntry is what somebody wrote to the administrators.
type FeedbackEntry struct {
	ID      int64
	Tenant  switchboard.TenantID
	Account switchboard.AccountID // 0 once it is erased
	Kind    string                // feedback, deletion
	Title   string
	Text    string
	Created time.Time
}

// InsertFeedback stores feedback and returns its id.
func (tx *Tx) InsertFeedback(f FeedbackEntry) (id int64, err error) {
	err = tx.mutate(`INSERT INTO feedback (tenant, account, kind, title, body, created) VALUES ($1, $2, $3, $4, $5, $6) RETURNING id`,
		int64(f.Tenant), int64(f.Account), f.Kind, f.Title, f.Text, micros(tx.Now())).Scan(&id)
	return id, err
}

// Feedback lists a tenant's feedback, newest first.
func (tx *Tx) Feedback(tenant switchboard.TenantID, limit, offset int) ([]FeedbackEntry, error) {
	rows, err := tx.query(`SELECT id, tenant, account, kind, title, body, created FROM feedback WHERE tenant = $1
		ORDER BY id DESC LIMIT $2 OFFSET $3`, int64(tenant), limit, offset)
	return collect(rows, err, func(scan func(...any) error) (f FeedbackEntry, err error) {
		var created int64
		err = scan(&f.ID, &f.Tenant, &f.Account, &f.Kind, &f.Title, &f.Text, &created)
		f.Created = fromMicros(created)
		return f, err
	})
}

// CountFeedback counts a tenant's feedback.
func (tx *Tx) CountFeedback(tenant switchboard.TenantID) (n int, err error) {
	err = tx.row("SELECT count(*) FROM feedback WHERE tenant = $1", int64(tenant)).Scan(&n)
	return n, err
}

// CountReportsBy counts what somebody has reported since a time.
func (tx *Tx) CountReportsBy(reporter switchboard.AccountID, since time.Time) (n int, err error) {
	err = tx.row("SELECT count(*) FROM reports WHERE reporter = $1 AND created > $2", int64(reporter), micros(since)).Scan(&n)
	return n, err
}

// CountFeedbackBy counts what somebody has written since a time.
func (tx *Tx) CountFeedbackBy(account switchboard.AccountID, since time.Time) (n int, err error) {
	err = tx.row("SELECT count(*) FROM feedback WHERE account = $1 AND created > $2", int64(account), micros(since)).Scan(&n)
	return n, err
}
