package channel

import (
	"context"
	"net/http"
	"strconv"
	"strings"
	"time"

	"switchboard"
	"switchboard/auth"
	"switchboard/desk"
	"switchboard/web"
)

// WebChatOptions are what the widget's channel needs.
type WebChatOptions struct {
	Kernel *web.Kernel
	Auth   *auth.Service
	Desk   *desk.Service
	Now    func() time.Time // time.Now when nil
	// Default is the GUID of the company that the name "default" stands for.
	Default string
}

// WebChat is the widget's side of the server: who is there, a visitor's account
// and token, and the visitor's conversation. What is said goes over XMPP.
type WebChat struct {
	WebChatOptions
	rest     *web.API
	visitors *web.RateLimiter
	openings *web.RateLimiter
}

// NewWebChat registers the operations below /widget/v1 with the kernel. Pages
// of any origin may call them: the widget lives on its owner's site.
func NewWebChat(o WebChatOptions) *WebChat {
	if o.Now == nil {
		o.Now = time.Now
	}
	c := &WebChat{WebChatOptions: o,
		visitors: web.NewRateLimiter(1.0/10, 30, o.Now), // per address: 30 at once, then one every ten seconds
		openings: web.NewRateLimiter(1.0/5, 20, o.Now),  // per visitor
	}
	c.rest = web.NewAPI(o.Kernel, web.APIOptions{Prefix: "/widget/v1", Title: "Web chat", Origins: []string{"*"}})
	op := func(method, path, summary string, anonymous bool, status int) web.Op {
		return web.Op{Method: method, Path: path, Tag: "Web chat", Summary: summary, Anonymous: anonymous, Status: status}
	}
	web.Handle(c.rest, op("GET", "/config", "What the widget shows before anything is said", true, 0), c.config)
	web.Handle(c.rest, op("POST", "/visitors", "Make a visitor's account", true, http.StatusCreated), c.visitor)
	web.Handle(c.rest, op("POST", "/token", "A fresh token for a visitor", true, 0), c.token)
	web.Handle(c.rest, op("POST", "/conversations", "Open a conversation with the first words", false, http.StatusCreated), c.open)
	web.Handle(c.rest, op("GET", "/conversations/current", "The visitor's open conversation; 204 if there is none", false, 0), c.current)
	web.Handle(c.rest, op("POST", "/conversations/{id}/leave", "End the own conversation", false, 0), c.leave)
	web.Handle(c.rest, op("POST", "/conversations/{id}/feedback", "Rate the own conversation after its end", false, 0), c.feedback)
	return c
}

// Routes lists the operations, a line each, for the golden file.
func (c *WebChat) Routes() string { return c.rest.Routes() }

type configModel struct {
	CompanyGUID string          `json:"companyGuid"`
	CompanyName string          `json:"companyName"`
	Accent      string          `json:"accent,omitempty"`
	Greeting    string          `json:"greeting,omitempty"`
	State       int             `json:"state" doc:"0 nobody is there, 1 somebody is, 2 all are busy"`
	Language    string          `json:"language"`
	Features    map[string]bool `json:"features"`
}

// company finds a company by its GUID, or the first one by the name "default".
func (c *WebChat) company(ctx context.Context, guid string) (auth.Tenant, error) {
	if guid == "default" {
		guid = c.Default
	}
	t, err := c.Auth.TenantByGUID(ctx, strings.ToLower(guid))
	if err != nil && switchboard.KindOf(err) == switchboard.NotFound {
		err = switchboard.E(switchboard.NotFound, "company-unknown", "there is no company with this GUID").InField("companyGuid")
	}
	return t, err
}

func (c *WebChat) config(ctx context.Context, _ switchboard.Principal, in *struct {
	Company string `query:"c" required:"true" maxLength:"100"`
	Preset  string `query:"p" maxLength:"100"`
}) (*web.Out[configModel], error) {
	t, err := c.company(ctx, in.Company)
	if err != nil {
		return nil, err
	}
	state, err := c.Desk.Available(ctx, t.ID)
	if err != nil {
		return nil, err
	}
	language := t.Settings["language"]
	if language == "" {
		language = "en"
	}
	return web.OK(configModel{CompanyGUID: t.GUID, CompanyName: t.Name, Accent: t.Settings["widget.accent"],
		Greeting: t.Settings["widget.greeting"], State: int(state), Language: language,
		Features: map[string]bool{"feedback": true, "leave": true}})
}

// TokenModel is an access token for the visitor.
type TokenModel struct {
	AccessToken string `json:"accessToken"`
	ExpiresIn   int    `json:"expiresIn" doc:"Seconds"`
}

type visitorModel struct {
	Username string `json:"username"`
	Secret   string `json:"secret" doc:"Keeps the visitor the same person on the next page; it is not shown again"`
	JID      string `json:"jid"`
	TokenModel
}

// errSecret is what auth says of a wrong name or password: who is no visitor
// learns nothing here.
var errSecret = switchboard.E(switchboard.Unauthorized, "credentials-wrong", "the name or the password is wrong")

var errTooMany = switchboard.E(switchboard.TooMany, "too-many-requests", "too many requests; wait a little")

func (c *WebChat) visitor(ctx context.Context, _ switchboard.Principal, in *struct {
	Body struct {
		CompanyGUID string `json:"companyGuid" maxLength:"100"`
		Language    string `json:"language,omitempty" maxLength:"35"`
	}
}) (*web.Out[visitorModel], error) {
	if ok, wait := c.visitors.Allow(clientNetwork(ctx)); !ok {
		return nil, web.WithRetryAfter(errTooMany, wait)
	}
	t, err := c.company(ctx, in.Body.CompanyGUID)
	if err != nil {
		return nil, err
	}
	made, err := c.Auth.RegisterVisitor(ctx, auth.VisitorRequest{Tenant: t.ID, DeviceType: "web",
		Profile: auth.Profile{Metadata: language(in.Body.Language)}})
	if err != nil {
		return nil, err
	}
	return web.OK(visitorModel{made.Username, made.Password, made.Principal.Bare().String(), c.shape(made.Token, made.Expires)})
}

func language(l string) map[string]string {
	if l == "" {
		return nil
	}
	return map[string]string{"language": l}
}

func (c *WebChat) shape(token string, expires time.Time) TokenModel {
	return TokenModel{token, int(expires.Sub(c.Now()).Round(time.Second) / time.Second)}
}

func (c *WebChat) token(ctx context.Context, _ switchboard.Principal, in *struct {
	Body struct {
		CompanyGUID string `json:"companyGuid,omitempty" maxLength:"100"`
		Username    string `json:"username" maxLength:"191"`
		Secret      string `json:"secret" maxLength:"100"`
	}
}) (*web.Out[TokenModel], error) {
	guid := in.Body.CompanyGUID
	if guid == "" {
		guid = c.Default
	}
	t, err := c.company(ctx, guid)
	if err != nil {
		return nil, err
	}
	p, err := c.Auth.Password(ctx, t.Domain, in.Body.Username, in.Body.Secret, clientAddress(ctx))
	if err != nil {
		return nil, err
	}
	if p.Kind != switchboard.Visitor { // everybody else signs in at the login screen
		return nil, errSecret
	}
	token, expires, err := c.Auth.Mint(ctx, p, switchboard.PlatformDialect, []switchboard.Scope{switchboard.ScopeChat})
	return &web.Out[TokenModel]{Body: c.shape(token, expires)}, err
}

type conversationModel struct {
	ID       string         `json:"id"`
	GroupJID string         `json:"groupJid"`
	Status   string         `json:"status"`
	Place    int            `json:"place,omitempty" doc:"In the queue, from 1"`
	Operator *operatorModel `json:"operator,omitempty"`
}

type operatorModel struct {
	Name string `json:"name"`
}

func conversation(c *desk.Conversation) conversationModel {
	m := conversationModel{ID: strconv.FormatInt(int64(c.ID), 10), GroupJID: c.GroupJID.String(), Status: c.Status, Place: c.Place}
	if who, ok := c.Operator(); ok {
		m.Operator = &operatorModel{who.Name}
	}
	return m
}

type openRequest struct {
	UserAgent string `header:"User-Agent"`
	Body      struct {
		Text      string            `json:"text" maxLength:"10000"`
		MessageID string            `json:"messageId,omitempty" maxLength:"100"`
		URL       string            `json:"url,omitempty" maxLength:"2048"`
		Widget    string            `json:"widget,omitempty" maxLength:"100"`
		Name      string            `json:"name,omitempty" maxLength:"100"`
		Email     string            `json:"email,omitempty" maxLength:"200"`
		Params    map[string]string `json:"params,omitempty"`
	}
}

func (c *WebChat) open(ctx context.Context, p switchboard.Principal, in *openRequest) (*web.Out[conversationModel], error) {
	if ok, wait := c.openings.Allow(strconv.FormatInt(int64(p.Account), 10)); !ok {
		return nil, web.WithRetryAfter(errTooMany, wait)
	}
	b := in.Body
	os, browser := client(in.UserAgent)
	opened, err := c.Desk.Open(ctx, p, desk.OpenRequest{Text: b.Text, MessageID: b.MessageID, Params: b.Params,
		Guest: desk.Guest{Name: strings.TrimSpace(b.Name), Email: strings.TrimSpace(b.Email), IP: clientAddress(ctx), OS: os,
			Browser: browser, URL: b.URL, Widget: b.Widget}})
	if err != nil {
		return nil, err
	}
	return web.OK(conversation(&opened))
}

type maybeConversation struct {
	Status int
	Body   *conversationModel
}

func (c *WebChat) current(ctx context.Context, p switchboard.Principal, _ *struct{}) (*maybeConversation, error) {
	open, found, err := c.Desk.Current(ctx, p)
	if err != nil {
		return nil, err
	}
	if !found {
		return &maybeConversation{Status: http.StatusNoContent}, nil
	}
	m := conversation(&open)
	return &maybeConversation{http.StatusOK, &m}, nil
}

// OwnID is a conversation of the visitor.
type OwnID struct {
	ID int64 `path:"id"`
}

func (c *WebChat) leave(ctx context.Context, p switchboard.Principal, in *OwnID) (*web.Nothing, error) {
	return nil, c.Desk.Leave(ctx, p, switchboard.ConversationID(in.ID))
}

func (c *WebChat) feedback(ctx context.Context, p switchboard.Principal, in *struct {
	OwnID
	Body struct {
		Stars int    `json:"stars" minimum:"1" maximum:"5"`
		Text  string `json:"text,omitempty" maxLength:"10000"`
	}
}) (*web.Nothing, error) {
	return nil, c.Desk.Rate(ctx, p, switchboard.ConversationID(in.ID), in.Body.Stars, in.Body.Text)
}
