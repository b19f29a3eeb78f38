package public

import (
	"strings"

	"switchboard"
	"switchboard/desk"
	"switchboard/web"
)

// sessionFilter is what GET Sessions may be asked for.
type sessionFilter struct {
	SessionID         []int64  `query:"SessionId,explode"`
	DepartmentID      []int64  `query:"DepartmentId,explode"`
	Status            []string `query:"Status,explode"`
	Channel           []string `query:"Channel,explode"`
	Source            []string `query:"Source,explode"`
	Operator          []int64  `query:"OperatorUserId,explode"`
	Client            []int64  `query:"ClientId,explode"`
	Result            []string `query:"Result,explode"`
	Stars             []int64  `query:"ClientStars,explode"`
	Scale             []string `query:"ClientFeedbackScale,explode"`
	TerminationReason []string `query:"TerminationReason,explode"`
	GuestLeft         []string `query:"GuestLeftSession,explode"`
	Widget            []string `query:"Widget,explode"`
	OS                []string `query:"OS,explode"`
	Browser           []string `query:"Browser,explode"`

	CreatedMin      web.Time           `query:"Created.Min"`
	CreatedMax      web.Time           `query:"Created.Max"`
	JoinedMin       web.Time           `query:"GuestJoined.Min"`
	JoinedMax       web.Time           `query:"GuestJoined.Max"`
	AcceptedMin     web.Time           `query:"Accepted.Min"`
	AcceptedMax     web.Time           `query:"Accepted.Max"`
	AcceptedNull    web.Optional[bool] `query:"Accepted.Null" doc:"true: no operator has accepted it"`
	EndedMin        web.Time           `query:"Ended.Min"`
	EndedMax        web.Time           `query:"Ended.Max"`
	EndedNull       web.Optional[bool] `query:"Ended.Null" doc:"true: it has not ended"`
	WaitingTimeMin  web.Duration       `query:"WaitingTime.Min" doc:"hh:mm:ss, or ISO 8601"`
	WaitingTimeMax  web.Duration       `query:"WaitingTime.Max"`
	WaitingTimeNull web.Optional[bool] `query:"WaitingTime.Null"`
	DurationMin     web.Duration       `query:"Duration.Min"`
	DurationMax     web.Duration       `query:"Duration.Max"`
	DurationNull    web.Optional[bool] `query:"Duration.Null"`

	LandingPage      string             `query:"LandingPage.Text" maxLength:"2048"`
	LandingPageExact bool               `query:"LandingPage.Exact"`
	LandingPageNull  web.Optional[bool] `query:"LandingPage.Null"`
	IPAddress        string             `query:"IPAddress.Text" maxLength:"100"`
	IPAddressExact   bool               `query:"IPAddress.Exact"`
	IPAddressNull    web.Optional[bool] `query:"IPAddress.Null"`
	Language         string             `query:"Language.Text" maxLength:"100"`
	LanguageExact    bool               `query:"Language.Exact"`
	LanguageNull     web.Optional[bool] `query:"Language.Null"`
	InitialMessage   string             `query:"InitialMessage.Text" maxLength:"1000"`
	Words            string             `query:"ActivityTextsContain" maxLength:"1000"`

	Nowhere
	Activities web.Optional[bool] `query:"Activities" doc:"false: leave the activities out, for a list that shows none; the array is empty then"`

	Limit  int `query:"limit" minimum:"0" doc:"At most this many; 100 if absent"`
	Offset int `query:"offset" minimum:"0"`
}

// Nowhere are filters for what no session here has yet: whoever asks for one
// gets nothing, rather than everything.
type Nowhere struct {
	ChatbotID           []int64            `query:"ChatbotId,explode"`
	ChannelIdentityID   []int64            `query:"ChannelIdentityId,explode"`
	Tags                []string           `query:"Tags,explode"`
	GuestIdentification []string           `query:"GuestIdentifications,explode"`
	PhoneCallbackNumber string             `query:"PhoneCallbackNumber.Text"`
	GDPRVersion         string             `query:"GDPRVersion.Text"`
	AnonymizedMin       web.Time           `query:"Anonymized.Min"`
	AnonymizedMax       web.Time           `query:"Anonymized.Max"`
	AnonymizedNull      web.Optional[bool] `query:"Anonymized.Null"`
	AutoAccepted        bool               `query:"AutoAccepted"`
	Concurrent          bool               `query:"HasConcurrentOperators"`
}

// none tells that no session can be what is asked for.
func (n *Nowhere) none() bool {
	return len(n.ChatbotID) > 0 || len(n.ChannelIdentityID) > 0 || len(n.Tags) > 0 || len(n.GuestIdentification) > 0 ||
		n.PhoneCallbackNumber != "" || n.GDPRVersion != "" || !n.AnonymizedMin.IsZero() || !n.AnonymizedMax.IsZero() ||
		n.AnonymizedNull.Set && !n.AnonymizedNull.Value || n.AutoAccepted || n.Concurrent
}

// The values of the filters' enumerations, as the contract spells them.
var (
	statuses = []string{"CREATED", "IN_QUEUE", "WAITING", "ACTIVE", "ACW", "BCW", "CLOSED", "BLACKLISTED"}
	channels = []string{"Chat", "AV", "Phone"}
	sources  = []string{"Default", "Callback", "Invitation", "ChatInvitation", "IncomingCall", "OutgoingCall", "Campaign", "API",
		"Facebook", "WhatsApp", "VK", "Apple", "GenericChannel"}
	scales  = []string{"Likert", "NPS"}
	reasons = []string{"UnknownReason", "GuestLeft", "OperatorLeft", "ChatbotLeft", "GuestAbandoned", "OperatorAbandoned",
		"ExternalPartyLeft", "CampaignFailedDial", "CampaignTerminated", "CallForwardedToExternalPhone", "OperatorWithoutExtension",
		"ForwardToExternalPhoneFailed", "FailedRouting", "ExternalSessionExpired", "SessionApiCall", "SingleUseSession"}
	guestLefts = []string{"LeftQueue", "LeftSession", "LeftAfterSession", "StillConnected", "LeftBeforeQueue"}
	systems    = []string{"OTHER", "WINDOWS", "OSX", "LINUX", "ANDROID", "IOS"}
	browsers   = []string{"OTHER", "IE_LOW", "IE_8", "IE_9", "IE_10", "IE_11", "IE_HI", "CHROME", "OPERA", "FF", "SAFARI", "EDGE",
		"CHROMIUM_EDGE"}
)

// spelled brings values to the contract's spelling.
func spelled(field string, values, known []string) ([]string, error) {
	var out []string
next:
	for _, v := range values {
		for _, k := range known {
			if strings.EqualFold(v, k) {
				out = append(out, k)
				continue next
			}
		}
		return nil, web.BadField(field, "must be one of "+strings.Join(known, ", "))
	}
	return out, nil
}

func typed[T ~int64](ids []int64) []T {
	out := make([]T, len(ids))
	for i, id := range ids {
		out[i] = T(id)
	}
	return out
}

func wish(o web.Optional[bool]) *bool {
	if !o.Set {
		return nil
	}
	return &o.Value
}

// filter is what desk is asked for; none tells that nothing can match.
func (f *sessionFilter) filter() (out desk.Filter, none bool, err error) {
	q := &out.ConversationQuery
	q.IDs, q.Department = typed[switchboard.ConversationID](f.SessionID), typed[switchboard.DepartmentID](f.DepartmentID)
	q.Operators, q.Visitors = typed[switchboard.AccountID](f.Operator), typed[switchboard.AccountID](f.Client)
	q.Result, q.Stars, q.Widget = f.Result, f.Stars, f.Widget
	q.Created.From, q.Created.Until = later(f.CreatedMin, f.JoinedMin), earlier(f.CreatedMax, f.JoinedMax)
	q.Started.From, q.Started.Until, q.Started.None = f.AcceptedMin.Time, f.AcceptedMax.Time, wish(f.AcceptedNull)
	q.Ended.From, q.Ended.Until, q.Ended.None = f.EndedMin.Time, f.EndedMax.Time, wish(f.EndedNull)
	q.Waited.From, q.Waited.Until, q.Waited.None = f.WaitingTimeMin.Duration, f.WaitingTimeMax.Duration, wish(f.WaitingTimeNull)
	q.Length.From, q.Length.Until, q.Length.None = f.DurationMin.Duration, f.DurationMax.Duration, wish(f.DurationNull)
	q.URL.Text, q.URL.Exact, q.URL.Empty = f.LandingPage, f.LandingPageExact, wish(f.LandingPageNull)
	q.IP.Text, q.IP.Exact, q.IP.Empty = f.IPAddress, f.IPAddressExact, wish(f.IPAddressNull)
	q.Language.Text, q.Language.Exact, q.Language.Empty = f.Language, f.LanguageExact, wish(f.LanguageNull)
	out.Words, out.Opening = f.Words, f.InitialMessage
	out.Limit, out.Offset = f.Limit, f.Offset
	out.Brief = f.Activities.Set && !f.Activities.Value
	scale, err := spelled("ClientFeedbackScale", f.Scale, scales)
	if err != nil {
		return out, false, err
	}
	none = f.none()
	if len(scale) > 0 { // the stars here are a Likert scale
		rated := true
		q.Rated = &rated
		none = none || len(scale) == 1 && scale[0] == "NPS"
	}
	for _, one := range []struct {
		field  string
		values []string
		known  []string
		to     *[]string
	}{{"Status", f.Status, statuses, &q.Status}, {"Channel", f.Channel, channels, &q.Channel}, {"Source", f.Source, sources, &q.Source},
		{"TerminationReason", f.TerminationReason, reasons, &q.Reason}, {"GuestLeftSession", f.GuestLeft, guestLefts, &q.LeftState},
		{"OS", f.OS, systems, &q.OS}, {"Browser", f.Browser, browsers, &q.Browser}} {
		if *one.to, err = spelled(one.field, one.values, one.known); err != nil {
			return out, none, err
		}
	}
	return out, none, nil
}
