package platform

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"switchboard"
	"switchboard/auth"
	"switchboard/chat"
	"switchboard/web"
)

// AccountFields are the fields that making and changing a user have in common.
// What is absent from a change stays as it is.
type AccountFields struct {
	DeviceType      string  `json:"deviceType" minLength:"1" maxLength:"64" doc:"web, android or ios"`
	LicenseKey      string  `json:"licenseKey" minLength:"1" doc:"The application's"`
	DeviceOSVersion string  `json:"deviceOsVersion,omitempty" maxLength:"200"`
	DeviceToken     string  `json:"deviceToken,omitempty" maxLength:"4096" doc:"For push notifications"`
	VoIPDeviceToken string  `json:"voipDeviceToken,omitempty" maxLength:"4096" doc:"For push notifications of calls (iOS)"`
	Mode            int     `json:"mode,omitempty" enum:"0,1" doc:"Of push notifications (iOS): 0 production, 1 sandbox"`
	Nickname        *string `json:"nickname,omitempty" maxLength:"30"`
	MobileNumber    *string `json:"mobileNumber,omitempty" maxLength:"15"`
	Email           *string `json:"email,omitempty" maxLength:"254"`
	ProfileURL      *string `json:"profileUrl,omitempty" maxLength:"2048" doc:"Address of a picture elsewhere; empty for none"`
	ProfileFile     string  `json:"profileFile,omitempty" doc:"A picture, as a file of a multipart form"`
	MetadataKey1    string  `json:"metadataKey1,omitempty"`
	MetadataValue1  string  `json:"metadataValue1,omitempty"`
	MetadataKey2    string  `json:"metadataKey2,omitempty"`
	MetadataValue2  string  `json:"metadataValue2,omitempty"`
	MetadataKey3    string  `json:"metadataKey3,omitempty"`
	MetadataValue3  string  `json:"metadataValue3,omitempty"`
	MetadataKey4    string  `json:"metadataKey4,omitempty" doc:"There is no fourth pair: it is refused"`

	MetaData map[string]json.RawMessage `json:"metaData,omitempty" doc:"The pairs as one object, instead"`
}

type createRequest struct {
	Body struct {
		AccountFields
		UserIdentifier string `json:"userIdentifier" doc:"At most 191 bytes; letters, digits, - and _ are always good"`
	}
}

type updateRequest struct {
	UserPath
	Body struct{ AccountFields }
}

// createdModel is a new user, with the password that it has until it chooses
// its own.
type createdModel struct {
	UserModel
	Password string `json:"password" doc:"Good for login and as a proof for register; it is not shown again"`
}

// createdAnswer has the metadata twice, as userAnswer has.
type createdAnswer struct {
	Status   int               `json:"status"`
	Data     createdModel      `json:"data"`
	MetaData map[string]string `json:"metaData"`
	Message  string            `json:"message"`
}

type deleteRequest struct {
	Body struct {
		UserID   string `json:"userId" minLength:"1"`
		Reason   string `json:"reason" minLength:"1" maxLength:"10000"`
		Feedback string `json:"feedback,omitempty" maxLength:"10000"`
	}
}

type resetRequest struct {
	Body struct {
		UserID     string `json:"userId" minLength:"1"`
		DeviceID   string `json:"deviceId,omitempty"`
		DeviceType string `json:"deviceType" enum:"android,ios,web"`
	}
}

type passwordModel struct {
	UserID   string `json:"userId"`
	Username string `json:"username"`
	Password string `json:"password" doc:"It is not shown again"`
}

// maxPictureBody is enough for a picture with its form.
const maxPictureBody = 12 << 20

func (a *API) accounts() {
	op := func(method, path, summary string, aliases ...string) web.Op {
		return web.Op{Method: method, Path: path, Aliases: aliases, Tag: "Administration", Scope: switchboard.ScopeUsersWrite, Summary: summary}
	}
	create := op("POST", "/users/createUser", "Make a user")
	create.Description = "A picture comes as the file `profileFile` of a multipart form: PNG or JPEG. The answer has the password of the new account."
	create.MaxBody = maxPictureBody
	web.Handle(a.rest, create, a.createUser)
	update := op("POST", "/users/{userId}", "Change a user")
	update.Description = "What is absent stays as it is; metadata that is there replaces all."
	update.MaxBody = maxPictureBody
	web.Handle(a.rest, update, a.updateUser)
	web.Handle(a.rest, op("POST", "/users/deleteUserAccount", "Delete a user"),
		func(ctx context.Context, p switchboard.Principal, in *deleteRequest) (*web.Out[envelope[string]], error) {
			info, err := a.account(ctx, p, in.Body.UserID)
			if err != nil {
				return nil, err
			}
			if err := a.Auth.RequestDeletion(ctx, p, info.ID, in.Body.Reason, in.Body.Feedback); err != nil {
				return nil, err
			}
			return answer("SUCCESS", deleted)
		})
	reset := op("POST", "/users/resetPassword", "Give a user a new password")
	reset.Description = "The old one, devices, tokens and browser sessions end. An administrator's password can be reset by that administrator only."
	web.Handle(a.rest, reset, a.resetPassword)
	reset.Method = "PUT"
	web.Handle(a.rest, reset, a.resetPassword)
}

func (a *API) createUser(ctx context.Context, p switchboard.Principal, in *createRequest) (*web.Out[createdAnswer], error) {
	b := &in.Body
	if err := a.Auth.CheckLicence(ctx, p, b.LicenseKey); err != nil {
		return nil, err
	}
	n := auth.NewAccount{Localpart: b.UserIdentifier, Kind: switchboard.User, Password: switchboard.NewToken()}
	c, err := a.changes(ctx, &b.AccountFields)
	if err != nil {
		return nil, err
	}
	a.apply(&c, &n.Profile)
	made, err := a.Auth.CreateAccount(ctx, p, n)
	if err != nil {
		return nil, err
	}
	if c.picture != nil {
		if _, err := a.Chat.SetPictureOf(ctx, p, made.ID, c.picture); err != nil {
			return nil, err
		}
	}
	if err := a.setPushTokenOf(ctx, p, made.ID, c.fields); err != nil {
		return nil, err
	}
	info, err := a.Auth.Account(ctx, p, made.ID)
	if err != nil {
		return nil, err
	}
	m := createdModel{a.accountModel(ctx, p, info), n.Password}
	return web.OK(createdAnswer{http.StatusOK, m, m.MetaData, "User created successfully"})
}

func (a *API) updateUser(ctx context.Context, p switchboard.Principal, in *updateRequest) (*web.Out[userAnswer], error) {
	b := &in.Body
	if err := a.Auth.CheckLicence(ctx, p, b.LicenseKey); err != nil {
		return nil, err
	}
	info, err := a.account(ctx, p, in.UserID)
	if err != nil {
		return nil, err
	}
	c, err := a.changes(ctx, &b.AccountFields)
	if err != nil {
		return nil, err
	}
	change := chat.ProfileChange{Picture: c.picture, Fields: func(f *chat.Profile) { a.apply(&c, f) }}
	if _, err := a.Chat.ChangeProfile(ctx, p, info.ID, change); err != nil {
		return nil, err
	}
	if err := a.setPushTokenOf(ctx, p, info.ID, c.fields); err != nil {
		return nil, err
	}
	if info, err = a.Auth.Account(ctx, p, info.ID); err != nil {
		return nil, err
	}
	m := a.accountModel(ctx, p, info)
	return web.OK(userAnswer{http.StatusOK, m, m.MetaData, "User updated successfully"})
}

func (a *API) resetPassword(ctx context.Context, p switchboard.Principal, in *resetRequest) (*web.Out[envelope[passwordModel]], error) {
	info, err := a.account(ctx, p, in.Body.UserID)
	if err != nil {
		return nil, err
	}
	password, err := a.Auth.ResetPassword(ctx, p, info.ID)
	if err != nil {
		return nil, err
	}
	return answer(passwordModel{info.Localpart, info.Localpart, password}, "Password has been reset successfully")
}

// account is the account that an id names, for whoever may look after users:
// unlike a person it cannot hide from an administrator by blocking.
func (a *API) account(ctx context.Context, p switchboard.Principal, id string) (auth.AccountInfo, error) {
	jid, err := userJID(p, id)
	if err != nil {
		return auth.AccountInfo{}, err
	}
	return a.Auth.AccountByName(ctx, p, jid.Local)
}

func (a *API) accountModel(ctx context.Context, p switchboard.Principal, info auth.AccountInfo) UserModel {
	return a.userModel(ctx, personOf(p, info))
}

// changes is what the fields of a request make of an account, checked as far as
// it can be without the account.
type changes struct {
	fields   *AccountFields
	metadata map[string]string // nil: as it was
	picture  []byte            // nil: as it was
}

var errManyPairs = switchboard.Ef(switchboard.Invalid, "too-much-metadata", "a user has at most %d metadata pairs",
	switchboard.MaxMetadata).InField("metadata")

func (a *API) changes(ctx context.Context, f *AccountFields) (c changes, err error) {
	c = changes{fields: f}
	if file := web.File(ctx, "profileFile"); file != nil {
		c.picture = pictureOf(file)
	}
	if c.metadata, err = f.metadata(); err != nil {
		return c, err
	}
	if c.picture == nil && f.ProfileFile != "" {
		return c, web.BadField("profileFile", "send the picture as a file of a multipart form")
	}
	if c.picture != nil {
		return c, a.Chat.CheckPicture(ctx, c.picture)
	}
	return c, pictureURL("profileUrl", f.ProfileURL)
}

// metadata is the pairs of a request, in whichever of the two ways they come;
// nil if there are none.
func (f *AccountFields) metadata() (map[string]string, error) {
	if f.MetaData != nil {
		return scalars("metaData", f.MetaData)
	}
	if f.MetadataKey4 != "" {
		return nil, errManyPairs
	}
	var pairs map[string]string
	for i, pair := range [][2]string{{f.MetadataKey1, f.MetadataValue1}, {f.MetadataKey2, f.MetadataValue2}, {f.MetadataKey3, f.MetadataValue3}} {
		field := "metadataKey" + strconv.Itoa(i+1)
		switch _, twice := pairs[pair[0]]; {
		case pair[0] == "" && pair[1] != "":
			return nil, web.BadField(field, "a value has no key")
		case twice:
			return nil, web.BadField(field, "the same key is there twice")
		case pair[0] != "":
			if pairs == nil {
				pairs = map[string]string{}
			}
			pairs[pair[0]] = pair[1]
		}
	}
	return pairs, nil
}

// pictureURL checks the address of a picture elsewhere.
func pictureURL(field string, address *string) error {
	if address == nil || *address == "" {
		return nil
	}
	u, err := url.Parse(*address)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
		return web.BadField(field, "want an address that begins with https:// or http://")
	}
	return nil
}

// pictureOf is the picture that came as a file, be it empty.
func pictureOf(file *web.Upload) []byte {
	if file.Data == nil {
		return []byte{}
	}
	return file.Data
}

// apply changes a profile. A picture that comes as a file is not in it.
func (a *API) apply(c *changes, f *chat.Profile) {
	set(&f.Name, c.fields.Nickname)
	set(&f.Mobile, c.fields.MobileNumber)
	set(&f.Email, c.fields.Email)
	if c.metadata != nil {
		f.Metadata = c.metadata
	}
	if c.picture == nil {
		a.setImage(f, c.fields.ProfileURL)
	}
}

// set changes a field for what is there.
func set(to, from *string) {
	if from != nil {
		*to = *from
	}
}

// setImage sets the picture of a profile to one that is elsewhere. An address
// under which this server shows a picture changes nothing: it is the profile's own,
// or was until its addresses ended.
func (a *API) setImage(f *chat.Profile, address *string) {
	if address == nil {
		return
	}
	if token := chat.MediaToken(*address); token != "" && strings.HasSuffix(f.Image, token) || a.Chat.IsPictureAddress(*address) {
		return
	}
	f.Image = *address
}

// setPushTokenOf stores where the user's app can be reached.
func (a *API) setPushTokenOf(ctx context.Context, p switchboard.Principal, id switchboard.AccountID, f *AccountFields) error {
	if f.DeviceToken == "" && f.VoIPDeviceToken == "" {
		return nil
	}
	return a.Chat.SetPushToken(ctx, p, id, chat.PushToken{DeviceType: f.DeviceType, OSVersion: f.DeviceOSVersion, Token: f.DeviceToken,
		VoIP: f.VoIPDeviceToken, Sandbox: f.Mode == 1})
}

// deleted is the documented message.
const deleted = "User account has been deleted successfully."
