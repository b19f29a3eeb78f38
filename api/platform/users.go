package platform

import (
	"context"
	"net/http"
	"strings"

	"switchboard"
	"switchboard/auth"
	"switchboard/chat"
	"switchboard/web"
)

// UserModel is one user. What stands after the metadata is ours.
type UserModel struct {
	NickName        string            `json:"nickName"`
	ProfileURL      string            `json:"profileUrl"`
	ProfileURLThumb string            `json:"profileUrlThumb"`
	EmailID         string            `json:"emailId"`
	MobileNumber    string            `json:"mobileNumber"`
	Username        string            `json:"username"`
	UserID          string            `json:"userId"`
	MetaData        map[string]string `json:"metaData"`
	UserJID         string            `json:"userJid"`
	Status          string            `json:"status" doc:"What the user says of himself"`
	IsAdminBlocked  int               `json:"isAdminBlocked" doc:"1: an administrator has blocked the user"`
}

// userAnswer has the metadata twice: clients look for it in both places.
type userAnswer struct {
	Status   int               `json:"status"`
	Data     UserModel         `json:"data"`
	MetaData map[string]string `json:"metaData"`
	Message  string            `json:"message"`
}

// listedUser is a user among others: on userList, among the contacts and on the
// block lists, each of which documents a part of this.
type listedUser struct {
	Image          string            `json:"image"`
	ThumbImage     string            `json:"thumbImage"`
	MobileNumber   string            `json:"mobileNumber"`
	NickName       string            `json:"nickName"`
	Email          string            `json:"email"`
	Username       string            `json:"username"`
	UserID         string            `json:"userId"`
	MetaData       map[string]string `json:"metaData"`
	IsAdminBlocked int               `json:"isAdminBlocked" doc:"1: an administrator has blocked the user"`
	UserJID        string            `json:"userJid"`
	JID            string            `json:"jid" doc:"As userJid"`
	Status         string            `json:"status"`
}

type userListModel struct {
	UserList []listedUser `json:"userList"`
	Totals
}

type contactListModel struct {
	ContactsList []listedUser `json:"contactsList"`
	Totals
}

type peopleRequest struct {
	Paging
	Name           string `query:"name" maxLength:"200" doc:"Part of the user's id or name"`
	MetadataKey    string `query:"metadataKey" maxLength:"200" doc:"Only users that have this key …"`
	MetadataValues string `query:"metadataValues" maxLength:"10000" doc:"… with one of these values, separated by commas"`
	LicenseKey     string `query:"licenseKey" doc:"Must be the application's own, if it is given"`
}

func (a *API) users() {
	read := func(path, summary string, aliases ...string) web.Op {
		return web.Op{Method: "GET", Path: path, Aliases: aliases, Tag: "Users", Scope: switchboard.ScopeChat, Summary: summary}
	}
	web.Handle(a.rest, read("/users/userList", "The users of the application"),
		func(ctx context.Context, p switchboard.Principal, in *peopleRequest) (*web.Out[envelope[userListModel]], error) {
			list, totals, err := a.people(ctx, p, in, a.Chat.People)
			if err != nil {
				return nil, err
			}
			return answer(userListModel{list, totals}, retrieved)
		})
	web.Handle(a.rest, read("/contacts/contactsList", "One's contacts: who is in the roster, and whom there is a chat with"),
		func(ctx context.Context, p switchboard.Principal, in *peopleRequest) (*web.Out[envelope[contactListModel]], error) {
			list, totals, err := a.people(ctx, p, in, a.Chat.Contacts)
			if err != nil {
				return nil, err
			}
			return answer(contactListModel{list, totals}, retrieved)
		})
	web.Handle(a.rest, read("/users/{userId}", "A user's profile"),
		func(ctx context.Context, p switchboard.Principal, in *UserPath) (*web.Out[userAnswer], error) {
			person, err := a.person(ctx, p, in.UserID)
			if err != nil {
				return nil, err
			}
			m := a.userModel(ctx, person)
			return web.OK(userAnswer{http.StatusOK, m, m.MetaData, retrieved})
		})
}

// UserPath names a user in the path.
type UserPath struct {
	UserID string `path:"userId"`
}

// people answers any question for a page of users.
func (a *API) people(ctx context.Context, p switchboard.Principal, in *peopleRequest,
	ask func(context.Context, switchboard.Principal, chat.PeopleQuery) (chat.PeoplePage, error)) ([]listedUser, Totals, error) {
	if err := a.Auth.CheckLicence(ctx, p, in.LicenseKey); err != nil {
		return nil, Totals{}, err
	}
	q := chat.PeopleQuery{Search: in.Name, Page: in.Page, Size: in.Size, MetadataKey: in.MetadataKey}
	q.All = p.Admin
	if in.MetadataValues != "" {
		q.MetadataValues = strings.Split(in.MetadataValues, ",")
	}
	page, err := ask(ctx, p, q)
	if err != nil {
		return nil, Totals{}, err
	}
	list := make([]listedUser, len(page.People))
	for i, person := range page.People {
		f := person.Profile
		image, thumb := a.images(ctx, f.Image)
		list[i] = listedUser{image, thumb, f.Mobile, f.Name, f.Email, person.JID.Local, person.JID.Local, pairs(f.Metadata),
			oneIf(person.Blocked), person.JID.String(), person.JID.String(), f.Status}
	}
	return list, Totals{page.Pages, page.Total}, nil
}

func (a *API) userModel(ctx context.Context, person chat.Person) UserModel {
	f := person.Profile
	image, thumb := a.images(ctx, f.Image)
	return UserModel{f.Name, image, thumb, f.Email, f.Mobile, person.JID.Local, person.JID.Local, pairs(f.Metadata),
		person.JID.String(), f.Status, oneIf(person.Blocked)}
}

// person is the user that an id names, for whoever asks. Nobody hides from an
// administrator by blocking.
func (a *API) person(ctx context.Context, p switchboard.Principal, id string) (chat.Person, error) {
	jid, err := userJID(p, id)
	if err != nil {
		return chat.Person{}, err
	}
	person, err := a.Chat.Person(ctx, p, jid)
	if err == nil || !p.Admin || switchboard.KindOf(err) != switchboard.NotFound {
		return person, err
	}
	info, unknown := a.Auth.AccountByName(ctx, p, jid.Local)
	if unknown != nil || info.Kind != switchboard.User || info.Gone() {
		return person, err
	}
	return personOf(p, info), nil
}

func personOf(p switchboard.Principal, info auth.AccountInfo) chat.Person {
	return chat.Person{Account: info.ID, JID: switchboard.JID{Local: info.Localpart, Domain: p.Domain}, Kind: info.Kind, Profile: info.Profile,
		Blocked: info.Blocked()}
}

// images are the addresses of a profile's picture and its thumbnail.
func (a *API) images(ctx context.Context, image string) (full, thumb string) {
	full, thumb = a.Chat.ImagePaths(image)
	return a.absolute(ctx, full), a.absolute(ctx, thumb)
}

// absolute puts this server's address before one of its own paths.
func (a *API) absolute(ctx context.Context, path string) string {
	if !strings.HasPrefix(path, "/") {
		return path
	}
	return a.origin(ctx) + path
}

// pairs is metadata as JSON shows it: never null.
func pairs(m map[string]string) map[string]string {
	if m == nil {
		m = map[string]string{}
	}
	return m
}

func oneIf(b bool) int {
	if b {
		return 1
	}
	return 0
}
