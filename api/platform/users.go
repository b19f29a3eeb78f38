package platform

import (
	"context"
	"net/http"
	"strings"

	"switchboard"
	"switchboard/chat"
	"switchboard/web"
)

type userModel struct {
	NickName        string            `json:"nickName"`
	ProfileURL      string            `json:"profileUrl"`
	ProfileURLThumb string            `json:"profileUrlThumb"`
	EmailID         string            `json:"emailId"`
	MobileNumber    string            `json:"mobileNumber"`
	Username        string            `json:"username"`
	UserID          string            `json:"userId"`
	MetaData        map[string]string `json:"metaData"`
}

// userAnswer has the metadata twice: clients look for it in both places.
type userAnswer struct {
	Status   int               `json:"status"`
	Data     userModel         `json:"data"`
	MetaData map[string]string `json:"metaData"`
	Message  string            `json:"message"`
}

type listedUser struct {
	Image        string            `json:"image"`
	ThumbImage   string            `json:"thumbImage"`
	MobileNumber string            `json:"mobileNumber"`
	NickName     string            `json:"nickName"`
	Email        string            `json:"email"`
	Username     string            `json:"username"`
	UserID       string            `json:"userId"`
	MetaData     map[string]string `json:"metaData"`
}

type userListModel struct {
	UserList []listedUser `json:"userList"`
	Totals
}

type userListRequest struct {
	Paging
	Name           string `query:"name" maxLength:"200" doc:"Part of the user's id or name"`
	MetadataKey    string `query:"metadataKey" maxLength:"200" doc:"Only users that have this key …"`
	MetadataValues string `query:"metadataValues" doc:"… with one of these values, separated by commas"`
	LicenseKey     string `query:"licenseKey" doc:"Must be the application's own, if it is given"`
}

func (a *API) users() {
	read := func(path, summary string) web.Op {
		return web.Op{Method: "GET", Path: path, Tag: "Users", Scope: switchboard.ScopeChat, Summary: summary}
	}
	web.Handle(a.rest, read("/users/userList", "The users of the application"), a.userList)
	web.Handle(a.rest, read("/users/{userId}", "A user's profile"), a.user)
}

func (a *API) userList(ctx context.Context, p switchboard.Principal, in *userListRequest) (*web.Out[envelope[userListModel]], error) {
	if err := a.Auth.CheckLicence(ctx, p, in.LicenseKey); err != nil {
		return nil, err
	}
	q := chat.PeopleQuery{Search: in.Name, Page: in.Page, Size: in.Size, MetadataKey: in.MetadataKey}
	if in.MetadataValues != "" {
		q.MetadataValues = strings.Split(in.MetadataValues, ",")
	}
	page, err := a.Chat.People(ctx, p, q)
	if err != nil {
		return nil, err
	}
	list := make([]listedUser, len(page.People))
	for i, person := range page.People {
		f := person.Profile
		list[i] = listedUser{f.Image, f.Image, f.Mobile, f.Name, f.Email, person.JID.Local, person.JID.Local, pairs(f.Metadata)}
	}
	return answer(userListModel{list, Totals{page.Pages, page.Total}}, retrieved)
}

func (a *API) user(ctx context.Context, p switchboard.Principal, in *struct {
	UserID string `path:"userId"`
}) (*web.Out[userAnswer], error) {
	person, err := a.person(ctx, p, in.UserID)
	if err != nil {
		return nil, err
	}
	f := person.Profile
	m := userModel{f.Name, f.Image, f.Image, f.Email, f.Mobile, person.JID.Local, person.JID.Local, pairs(f.Metadata)}
	return web.OK(userAnswer{http.StatusOK, m, m.MetaData, retrieved})
}

// person is the user that an id names, for whoever asks.
func (a *API) person(ctx context.Context, p switchboard.Principal, id string) (chat.Person, error) {
	jid, err := userJID(p, id)
	if err != nil {
		return chat.Person{}, err
	}
	return a.Chat.Person(ctx, p, jid)
}

// pairs is metadata as JSON shows it: never null.
func pairs(m map[string]string) map[string]string {
	if m == nil {
		m = map[string]string{}
	}
	return m
}
