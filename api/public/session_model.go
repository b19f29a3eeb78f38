package public

import (
	"slices"
	"strings"
	"time"

	"switchboard/desk"
	"switchboard/web"
)

// sessionModel is a conversation as this dialect shows it. The last block is ours.
type sessionModel struct {
	ID                  int64           `json:"id"`
	CompanyID           int64           `json:"companyId"`
	DepartmentID        int64           `json:"departmentId"`
	Guest               guestModel      `json:"guest"`
	Channel             string          `json:"channel"`
	Source              string          `json:"source"`
	Status              string          `json:"status"`
	AVSupport           string          `json:"avSupport"`
	DirectCallNumber    *string         `json:"directCallNumber"`
	PhoneCallbackNumber *string         `json:"phoneCallbackNumber"`
	IsDirectChat        bool            `json:"isDirectChat"`
	URL                 string          `json:"url"`
	Widget              string          `json:"widget"`
	Operators           []operatorModel `json:"operators"`
	Reviewers           []struct{}      `json:"reviewers"`
	EnteredQueue        web.Time        `json:"enteredQueue"`
	Created             web.Time        `json:"created"`
	GuestJoined         *web.Time       `json:"guestJoined"`
	Started             *web.Time       `json:"started"`
	Ended               *web.Time       `json:"ended"`
	Waited              *web.Duration   `json:"waited"`
	Length              *web.Duration   `json:"length"`
	Blacklisted         bool            `json:"blacklisted"`
	PhoneCallbackDialed *web.Time       `json:"phoneCallbackDialed"`
	Activities          []activityModel `json:"activities"`
	Tags                []struct{}      `json:"tags"`
	Chatbots            []struct{}      `json:"chatbots"`
	GuestFeedbackStars  *int            `json:"guestFeedbackStars"`
	GuestFeedbackScale  *string         `json:"guestFeedbackScale"`
	GuestFeedbackText   *string         `json:"guestFeedbackText"`
	GuestFeedbackFields map[string]any  `json:"guestFeedbackCustomFields"`
	AutoAccepted        bool            `json:"autoAccepted"`
	Recordings          []struct{}      `json:"recordings"`
	RecordingsState     *string         `json:"recordingsState"`
	GuestLeftSession    string          `json:"guestLeftSession"`
	OutboundDialResult  *string         `json:"outboundDialResult"`
	CampaignID          *int64          `json:"campaignId"`
	TerminationReason   *string         `json:"terminationReason"`

	GroupJID    string       `json:"groupJid" doc:"The chat group that holds the conversation"`
	Result      *string      `json:"result"`
	Note        *string      `json:"note"`
	GuestName   string       `json:"guestName"`
	LastMessage *lastMessage `json:"lastMessage"`
	Unread      int          `json:"unread" doc:"Messages of the customer since an operator wrote last, at most 50"`
	Queue       queueModel   `json:"queue"`
}

type guestModel struct {
	TempID          int64             `json:"tempId"`
	IPAddress       string            `json:"ipAddress"`
	TrackedID       *string           `json:"trackedId"`
	Identity        *string           `json:"identity"`
	ChannelIdentity *int64            `json:"channelIdentity"`
	OS              string            `json:"os"`
	Browser         string            `json:"browser"`
	Language        string            `json:"language"`
	CallParams      map[string]string `json:"callParams"`
	GDPRVersion     *string           `json:"gdprVersion"`
}

type operatorModel struct {
	UserID         int64     `json:"userId"`
	UserName       string    `json:"userName"`
	FirstName      string    `json:"firstName"`
	LastName       string    `json:"lastName"`
	Joined         web.Time  `json:"joined"`
	Left           *web.Time `json:"left"`
	Concluded      *web.Time `json:"concluded"`
	FeedbackResult *string   `json:"feedbackResult"`
	FeedbackText   *string   `json:"feedbackText"`
	Note           *string   `json:"note"`
}

type lastMessage struct {
	Text      string   `json:"text"`
	Time      web.Time `json:"time"`
	FromGuest bool     `json:"fromGuest"`
}

type queueModel struct {
	ID    int64  `json:"id"`
	Name  string `json:"name"`
	Place int    `json:"place" doc:"From 1; 0 when the session does not wait"`
}

// activityModel is one line of a session's trail.
type activityModel struct {
	ActivityID        int64    `json:"activityId"`
	Time              web.Time `json:"time"`
	Type              string   `json:"type"`
	Client            *string  `json:"client"`
	UserID            *int64   `json:"userId"`
	Text              *string  `json:"text"`
	ToOperatorUserID  *int64   `json:"toOperatorUserId"`
	ToOperatorName    *string  `json:"toOperatorFullName"`
	ToGroupID         *int64   `json:"toGroupId"`
	ToGroupName       *string  `json:"toGroupName"`
	Note              *string  `json:"note"`
	TerminationReason *string  `json:"terminationReason"`
	MessageID         *string  `json:"messageId" doc:"The message's id on the wire"`
	Number            int64    `json:"number" doc:"Its place in the session: 1, 2, 3 … without gaps"`
}

func optional[T comparable](v T) *T {
	var zero T
	if v == zero {
		return nil
	}
	return &v
}

// session shapes a conversation, with what was said.
func session(c *desk.Conversation) sessionModel {
	m := sessionModel{
		ID: int64(c.ID), CompanyID: int64(c.Tenant), DepartmentID: int64(c.Department), Guest: guest(c), Channel: c.Channel,
		Source: c.Source, Status: c.Status, AVSupport: "NONE", URL: c.Guest.URL, Widget: c.Guest.Widget,
		Operators: operators(c), Reviewers: []struct{}{}, EnteredQueue: web.Time{Time: c.Created}, Created: web.Time{Time: c.Created},
		GuestJoined: instant(c.Created), Started: instant(c.Started), Ended: instant(c.Ended), Waited: waited(c), Length: length(c),
		Activities: make([]activityModel, len(c.Lines)), Tags: []struct{}{}, Chatbots: []struct{}{},
		GuestFeedbackStars: optional(c.Stars), GuestFeedbackText: optional(c.Feedback), GuestLeftSession: c.LeftState,
		TerminationReason: optional(c.Reason), GroupJID: c.GroupJID.String(), Result: optional(c.Result), Note: optional(c.Note),
		GuestName: c.Guest.Name, Unread: c.Unread, Queue: queueModel{int64(c.Queue), c.QueueName, c.Place},
	}
	if c.Stars > 0 {
		m.GuestFeedbackScale = optional("Likert")
	}
	if c.Last != nil {
		m.LastMessage = &lastMessage{c.Last.Text, web.Time{Time: c.Last.Time}, c.Last.FromGuest}
	}
	for i := range c.Lines {
		m.Activities[i] = activity(&c.Lines[i])
	}
	return m
}

func guest(c *desk.Conversation) guestModel {
	g := guestModel{TempID: int64(c.Visitor.ID), IPAddress: c.Guest.IP, OS: c.Guest.OS, Browser: c.Guest.Browser,
		Language: c.Guest.Language, CallParams: map[string]string{}}
	for _, param := range c.Params {
		g.CallParams[param.Name] = param.Value
	}
	if c.Guest.Name != "" {
		g.CallParams["oo1_guest_ident"] = c.Guest.Name
	}
	if c.Guest.Email != "" {
		g.CallParams["oo1_guest_email"] = c.Guest.Email
	}
	return g
}

func operators(c *desk.Conversation) []operatorModel {
	list := make([]operatorModel, len(c.Operators))
	for i, o := range c.Operators {
		first, last := splitName(o.Name)
		list[i] = operatorModel{UserID: int64(o.ID), UserName: o.Login, FirstName: first, LastName: last,
			Joined: web.Time{Time: o.Joined}, Left: instant(o.Left), Concluded: instant(o.Concluded),
			FeedbackResult: optional(c.Result), FeedbackText: optional(o.Note), Note: optional(o.Note)}
	}
	return list
}

// waited is the time from entering the queue until the start, or until the end
// for one that never started.
func waited(c *desk.Conversation) *web.Duration {
	until := c.Started
	if until.IsZero() {
		until = c.Ended
	}
	return span(c.Created, until)
}

func length(c *desk.Conversation) *web.Duration { return span(c.Started, c.Ended) }

func span(from, until time.Time) *web.Duration {
	if from.IsZero() || until.IsZero() {
		return nil
	}
	return &web.Duration{Duration: until.Sub(from)}
}

// noticeTypes are the activities of system notices.
var noticeTypes = map[string]string{"operator-joined": "Joined", "queued": "SessionForwarded", "forwarded": "SessionForwarded",
	"operator-left": "Left", "ended": "SessionEnded"}

func activity(l *desk.Line) activityModel {
	m := activityModel{ActivityID: int64(l.Position), Time: web.Time{Time: l.Time}, Type: "ChatMessage", Number: l.Number,
		MessageID: optional(l.ID), Text: optional(l.Text)}
	switch {
	case l.Notice != "":
		m.Type = "AutoActivity"
		if t, ok := noticeTypes[l.Notice]; ok {
			m.Type = t
		}
		m.ToGroupID, m.ToGroupName, m.TerminationReason = optional(int64(l.ToQueue)), optional(l.QueueName), optional(l.Reason)
		switch {
		case l.Notice == "forwarded":
			m.ToOperatorUserID, m.ToOperatorName = optional(int64(l.Operator)), optional(l.OperatorName)
		case l.Operator != 0:
			m.Client, m.UserID = optional("User"), optional(int64(l.Operator))
		}
	case l.FromGuest:
		m.Client = optional("Guest")
	default:
		m.Client, m.UserID = optional("User"), optional(int64(l.Author))
	}
	return m
}

type callParamsModel struct {
	CallParams []callParamModel `json:"callParams"`
}

type callParamModel struct {
	Name        string   `json:"name"`
	Value       string   `json:"value"`
	ReadOnly    bool     `json:"readOnly"`
	Source      string   `json:"source"`
	UpdatedDate web.Time `json:"updatedDate"`
}

func callParams(c *desk.Conversation) callParamsModel {
	m := callParamsModel{CallParams: make([]callParamModel, len(c.Params))}
	for i, param := range c.Params {
		m.CallParams[i] = callParamModel{param.Name, param.Value, true, param.Source, web.Time{Time: param.Updated}}
	}
	for _, entered := range [][2]string{{"oo1_guest_ident", c.Guest.Name}, {"oo1_guest_email", c.Guest.Email}} {
		if !slices.ContainsFunc(c.Params, func(p desk.Parameter) bool { return p.Name == entered[0] }) && entered[1] != "" {
			m.CallParams = append(m.CallParams, callParamModel{entered[0], entered[1], true, "ENTRY_FORM", web.Time{Time: c.Created}})
		}
	}
	slices.SortFunc(m.CallParams, func(a, b callParamModel) int { return strings.Compare(a.Name, b.Name) })
	return m
}
