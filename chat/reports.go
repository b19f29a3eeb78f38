package chat

import (
	"context"
	"time"
	"unicode/utf8"

	"switchboard"
	"switchboard/store"
)

// ReportedMessage is a message as a reporter saw it.
type ReportedMessage = store.ReportedMessage

// ReportDraft is what somebody reports.
type ReportDraft struct {
	About    switchboard.JID   // a user or a group
	ChatType string            // "chat" or "groupchat"; by the address when empty
	Messages []ReportedMessage // at most five
}

// The states of a report.
const (
	ReportOpen      = "open"
	ReportResolved  = "resolved"
	ReportDismissed = "dismissed"
)

// Report is a report as administrators see it.
type Report struct {
	ID           int64
	Reporter     Person // its name alone once it is erased
	About        switchboard.JID
	AboutName    string
	AboutAccount switchboard.AccountID // 0 for a group
	AboutBlocked bool                  // by an administrator
	ChatType     string
	Messages     []ReportedMessage
	State, Note  string
	Handler      Person // who changed the state last; the zero Person if nobody has
	Created      time.Time
	Handled      time.Time
}

// ReportQuery selects reports, newest first.
type ReportQuery struct {
	State         string // "" means all
	Limit, Offset int    // 0 means 50
}

const (
	maxReported = 5   // messages of one report
	maxReports  = 100 // of one reporter in a day
)

var (
	errReportSelf    = switchboard.E(switchboard.Invalid, "report-self", "you cannot report yourself")
	errManyReported  = switchboard.Ef(switchboard.Invalid, "too-many-messages", "report at most %d messages at a time", maxReported).InField("messages")
	errManyReports   = switchboard.E(switchboard.TooMany, "too-many-reports", "that was a lot of reports for one day; try again tomorrow")
	errNoReport      = switchboard.E(switchboard.NotFound, "report-not-found", "there is no such report")
	errReportState   = switchboard.E(switchboard.Invalid, "report-state", "a report is open, resolved or dismissed").InField("state")
	errReportChat    = switchboard.E(switchboard.Invalid, "chat-type-invalid", "a user is reported from a chat or groupchat, a group from a groupchat").InField("chatType")
	errReportMessage = switchboard.E(switchboard.Invalid, "report-message-invalid", "a reported message is too long or has characters that are not allowed").InField("messages")
)

func (d *ReportDraft) check(a *account) error {
	group := d.About.Domain == a.tenant.groupHost
	if d.ChatType == "" {
		d.ChatType = Chat
		if group {
			d.ChatType = Groupchat
		}
	}
	switch {
	case d.About == a.jid:
		return errReportSelf
	case d.ChatType != Chat && d.ChatType != Groupchat, group && d.ChatType == Chat:
		return errReportChat
	case len(d.Messages) > maxReported:
		return errManyReported
	}
	for _, m := range d.Messages {
		for _, f := range []struct {
			text string
			max  int
		}{{m.ID, 1000}, {m.Text, switchboard.MaxFieldText}, {m.Type, 100}, {m.File, 2048}, {m.Publisher, 3100}} {
			if utf8.RuneCountInString(f.text) > f.max || !validText(f.text) {
				return errReportMessage
			}
		}
	}
	return nil
}

// Report stores what the asker reports about a user, or a group that it is in,
// for the administrators.
func (s *Service) Report(ctx context.Context, p switchboard.Principal, d ReportDraft) (id int64, err error) {
	a, err := s.asker(ctx, p)
	if err != nil {
		return 0, err
	}
	if err := s.Feature(ctx, p, switchboard.FeatureReport); err != nil {
		return 0, err
	}
	d.About = d.About.Bare()
	if err := d.check(a); err != nil {
		return 0, err
	}
	if err := s.reportable(ctx, a, d.About); err != nil {
		return 0, err
	}
	err = s.db.Write(ctx, func(tx *store.Tx) error {
		switch n, err := tx.CountReportsBy(a.id, tx.Now().Add(-24*time.Hour)); {
		case err != nil:
			return err
		case n >= maxReports:
			return errManyReports
		}
		id, err = tx.InsertReport(store.Report{Tenant: a.tenant.id, Reporter: a.id, About: d.About.String(), ChatType: d.ChatType,
			Messages: d.Messages, State: ReportOpen})
		tx.Append(&switchboard.Event{Tenant: a.tenant.id, Kind: switchboard.ReportFiled, Subject: id, Actor: a.id,
			Payload: switchboard.Payload(map[string]any{"report": id, "about": d.About.String()})})
		return err
	})
	return id, err
}

// reportable lets through a group that the asker is in, and a person that it
// sees or has a chat with: one that blocks it meanwhile can still be reported.
func (s *Service) reportable(ctx context.Context, a *account, about switchboard.JID) error {
	if about.Domain == a.tenant.groupHost {
		_, err := s.groupFor(ctx, a, about)
		return err
	}
	if about.Domain != a.tenant.domain || about.Local == "" {
		return errNoPerson
	}
	other, err := s.account(ctx, a.tenant.id, about.Local)
	switch {
	case err == store.ErrNone, err == nil && other.gone:
		return errNoPerson
	case err != nil || other.visibleTo(a):
		return err
	}
	known := 0
	err = s.db.Read(ctx, func(tx *store.Tx) (err error) {
		known, err = tx.CountMessages(a.archive, other.bare, true)
		return err
	})
	if err == nil && known == 0 {
		err = errNoPerson
	}
	return err
}

// Reports lists the tenant's reports, newest first, and says how many there
// are. It needs users.write: what was reported is
// private.
func (s *Service) Reports(ctx context.Context, p switchboard.Principal, q ReportQuery) (list []Report, total int, err error) {
	if err := p.Require(switchboard.ScopeUsersWrite); err != nil {
		return nil, 0, err
	}
	if q.State != "" && !reportState(q.State) {
		return nil, 0, errReportState
	}
	if q.Limit <= 0 {
		q.Limit = 50
	}
	err = s.db.Read(ctx, func(tx *store.Tx) error {
		if total, err = tx.CountReports(p.Tenant, q.State); err != nil {
			return err
		}
		rows, err := tx.Reports(p.Tenant, q.State, min(q.Limit, switchboard.MaxPage), max(q.Offset, 0))
		if err != nil {
			return err
		}
		list = make([]Report, len(rows))
		for i, row := range rows {
			if list[i], err = s.reportOf(tx, row); err != nil {
				return err
			}
		}
		return nil
	})
	return list, total, err
}

func reportState(state string) bool {
	return state == ReportOpen || state == ReportResolved || state == ReportDismissed
}

// reportOf puts names to a report.
func (s *Service) reportOf(tx *store.Tx, row store.Report) (r Report, err error) {
	r = Report{ID: row.ID, ChatType: row.ChatType, Messages: row.Messages, State: row.State, Note: row.Note, Created: row.Created, Handled: row.Handled}
	t, err := s.tenant(tx, row.Tenant)
	if err != nil {
		return r, err
	}
	if r.About, err = switchboard.ParseJID(row.About); err != nil {
		return r, err
	}
	if r.Reporter, err = t.personByID(tx, row.Reporter); err != nil {
		return r, err
	}
	if r.Handler, err = t.personByID(tx, row.Handler); err != nil {
		return r, err
	}
	if r.About.Domain == t.groupHost {
		g, err := tx.GroupByName(t.id, r.About.Local)
		r.AboutName, r.AboutBlocked = g.Name, g.Blocked
		return r, unlessNone(err)
	}
	a, err := tx.AccountByName(t.id, r.About.Local)
	r.AboutName, r.AboutAccount, r.AboutBlocked = a.Name, a.ID, a.Blocked()
	return r, unlessNone(err)
}

func unlessNone(err error) error {
	if err == store.ErrNone {
		return nil
	}
	return err
}

// personByID is an account for administrators; the zero Person if there is none.
func (t *tenant) personByID(tx *store.Tx, id switchboard.AccountID) (Person, error) {
	if id <= 0 {
		return Person{}, nil
	}
	row, err := tx.Account(id)
	if err != nil || row.Tenant != t.id {
		return Person{}, unlessNone(err)
	}
	return personOf(row, t.domain), nil
}

// HandleReport stores what became of a report. It needs users.write.
func (s *Service) HandleReport(ctx context.Context, p switchboard.Principal, id int64, state, note string) (r Report, err error) {
	if err := p.Require(switchboard.ScopeUsersWrite); err != nil {
		return r, err
	}
	if !reportState(state) {
		return r, errReportState
	}
	if utf8.RuneCountInString(note) > switchboard.MaxFieldText || !validText(note) {
		return r, errLongNote
	}
	err = s.db.Write(ctx, func(tx *store.Tx) error {
		if _, err := tx.Report(p.Tenant, id); err != nil {
			if err == store.ErrNone {
				err = errNoReport
			}
			return err
		}
		actor := max(p.Account, 0)
		if err := tx.HandleReport(id, state, note, actor); err != nil {
			return err
		}
		tx.Append(&switchboard.Event{Tenant: p.Tenant, Kind: switchboard.ReportHandled, Subject: id, Actor: actor,
			Payload: switchboard.Payload(map[string]any{"report": id, "state": state})})
		row, err := tx.Report(p.Tenant, id)
		if err == nil {
			r, err = s.reportOf(tx, row)
		}
		return err
	})
	return r, err
}
