package xmpp

import (
	"strings"

	"switchboard"
	"switchboard/chat"
	"switchboard/stanza"
)

// Reports inside the blocking command: whoever blocks somebody can tell the
// administrators why.
var _ = register(extension{Spec: "XEP-0377", Title: "Blocking Command Reports", Version: "0.4.1",
	Feature: map[string]entity{stanza.NSReporting: onServer}})

// report is what an item of the blocking command says beside its address.
type report struct {
	about  switchboard.JID
	reason string
	text   string
	ids    []string // of messages in the reporter's archive
}

// maxReportIDs is how many messages of a report are looked at.
const maxReportIDs = 5

// reportsOf reads the reports of a blocking command.
func reportsOf(rq *request) (list []report, err error) {
	for item := range rq.payload.ChildrenNamed(stanza.NSBlocking, "item") {
		e := item.Child(stanza.NSReporting, "report")
		if e.IsZero() {
			continue
		}
		r := report{reason: e.Attr("reason"), text: strings.TrimSpace(e.ChildText("", "text"))}
		if r.reason == "" { // XEP-0377 §4
			return nil, stanza.NewError(stanza.BadRequest, "a report has a reason")
		}
		if r.about, err = item.JID("jid"); err != nil || r.about.IsZero() {
			return nil, stanza.NewError(stanza.JIDMalformed, "")
		}
		for id := range e.ChildrenNamed(stanza.NSStanzaID, "stanza-id") {
			if len(r.ids) < maxReportIDs && id.Attr("id") != "" {
				r.ids = append(r.ids, id.Attr("id"))
			}
		}
		list = append(list, r)
	}
	return list, nil
}

// file gives a report to the administrators. That it cannot be filed is no
// reason not to block (XEP-0377 §5).
func (r *report) file(rq *request) {
	d := chat.ReportDraft{About: r.about.Bare()}
	for _, id := range r.ids {
		page, err := rq.chat().Archive(rq.ctx, rq.who(), chat.ArchiveQuery{IDs: []string{id}})
		if err != nil || len(page.Messages) == 0 { // it need not be in the reporter's own archive
			d.Messages = append(d.Messages, chat.ReportedMessage{ID: id})
			continue
		}
		m := &page.Messages[0]
		d.Messages = append(d.Messages, chat.ReportedMessage{ID: id, Text: bodyOf(m.Stanza), Type: m.Type, Time: m.Time, Publisher: m.From.Bare().String()})
	}
	if note := strings.TrimSpace(strings.TrimPrefix(r.reason, stanza.NSReporting[:len(stanza.NSReporting)-1]) + ": " + r.text); r.text != "" || len(d.Messages) == 0 {
		if len(d.Messages) == maxReportIDs {
			d.Messages = d.Messages[:maxReportIDs-1]
		}
		d.Messages = append(d.Messages, chat.ReportedMessage{ID: "note", Type: "note", Text: strings.TrimSuffix(note, ":"), Publisher: rq.r.account.bare.String()})
	}
	if _, err := rq.chat().Report(rq.ctx, rq.who(), d); err != nil {
		rq.r.server.log.Info("a report is not filed", "jid", rq.r.account.bare.String(), "error", err)
	}
}

// bodyOf is the text of a stored message.
func bodyOf(raw []byte) string {
	var p stanza.Parser
	defer p.Close()
	e, err := p.Parse(raw)
	if err != nil {
		return ""
	}
	if text := []rune(e.ChildText("", "body")); len(text) > switchboard.MaxFieldText {
		return string(text[:switchboard.MaxFieldText])
	}
	return e.ChildText("", "body")
}
