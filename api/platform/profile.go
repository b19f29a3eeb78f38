package platform

import (
	"context"
	"strconv"
	"strings"
	"time"

	"switchboard"
	"switchboard/chat"
	"switchboard/web"
)

// profileRequest is what a user says of himself. What is absent stays as it is.
type profileRequest struct {
	Body struct {
		NickName     *string `json:"nickName,omitempty" maxLength:"255"`
		Name         *string `json:"name,omitempty" maxLength:"255" doc:"As nickName"`
		Status       *string `json:"status,omitempty" maxLength:"1000"`
		MobileNumber *string `json:"mobileNumber,omitempty" maxLength:"30"`
		Email        *string `json:"email,omitempty" maxLength:"254"`
		ProfileURL   *string `json:"profileUrl,omitempty" maxLength:"2048" doc:"Address of a picture elsewhere; empty for none"`
		Image        *string `json:"image,omitempty" maxLength:"2048" doc:"A picture, as a file of a multipart form; or as profileUrl"`
		RemoveImage  bool    `json:"removeImage,omitempty"`
	}
}

// profileModel is one's own profile.
type profileModel struct {
	UserModel
	Image          string `json:"image"`
	ThumbImage     string `json:"thumbImage"`
	Email          string `json:"email"`
	FileToken      string `json:"fileToken" doc:"Of the picture, for media/download; empty if it is elsewhere"`
	FileTokenThumb string `json:"fileTokenThumb" doc:"As fileToken"`
}

type lastSeenModel struct {
	UserID  string `json:"userId"`
	UserJID string `json:"userJid"`
	Seconds int64  `json:"seconds" doc:"Since the user was last here; 0: is here now; -1: never was"`
}

type presenceRequest struct {
	Paging
	UserIDs []string `query:"userIds,explode" required:"true" maxItems:"500" doc:"Repeated, or separated by commas"`
}

type presentUser struct {
	Username string `json:"username"`
	Presence int    `json:"presence" doc:"1 online, 0 offline"`
	LastSeen string `json:"lastSeen" doc:"Seconds since 1970; 0: never was here"`
}

type absentUser struct {
	Username string `json:"username"`
	Message  string `json:"message"`
}

type presenceModel struct {
	Valid   []presentUser `json:"valid"`
	Invalid []absentUser  `json:"invalid"`
	Totals
}

type pushRequest struct {
	Body struct {
		Username        string `json:"username" minLength:"1"`
		DeviceType      string `json:"deviceType" minLength:"1" maxLength:"64" doc:"web, android or ios"`
		DeviceID        string `json:"deviceId,omitempty" maxLength:"200" doc:"What the app calls the device"`
		DeviceOSVersion string `json:"deviceOsVersion,omitempty" maxLength:"200"`
		DeviceToken     string `json:"deviceToken,omitempty" maxLength:"4096" doc:"Neither this nor the other: the device is not notified any more"`
		VoIPDeviceToken string `json:"voipDeviceToken,omitempty" maxLength:"4096"`
		Mode            int    `json:"mode,omitempty" enum:"0,1"`
	}
}

func (a *API) profiles() {
	op := func(method, path, summary string) web.Op {
		return web.Op{Method: method, Path: path, Tag: "Users", Scope: switchboard.ScopeChat, Summary: summary}
	}
	own := op("POST", "/users/profile", "Change one's own profile")
	own.Description = "What is absent stays as it is. A picture comes as the file `image` of a multipart form: PNG, JPEG, WebP or GIF."
	own.MaxBody = maxPictureBody
	web.Handle(a.rest, own, a.setProfile)
	web.Handle(a.rest, op("GET", "/users/lastSeen/{userId}", "When a user was last here"), a.lastSeen)
	presence := op("GET", "/users/presence", "Which users are here now")
	presence.Description = "Administrators see everybody, users those whose presence they are subscribed to."
	web.Handle(a.rest, presence, a.presence)
	web.Handle(a.rest, op("PUT", "/users/updatedevicetoken", "Tell where an app can be reached by push notifications"), a.setPushToken)
}

func (a *API) setProfile(ctx context.Context, p switchboard.Principal, in *profileRequest) (*web.Out[envelope[profileModel]], error) {
	b := in.Body
	file := web.File(ctx, "image")
	if file == nil {
		file = web.File(ctx, "profileFile")
	}
	address := b.ProfileURL
	var picture []byte
	switch {
	case file != nil:
		address, picture = nil, pictureOf(file)
	case b.RemoveImage:
		address = new(string)
	case address == nil && b.Image != nil && *b.Image != "": // forms without a file send an empty one
		address = b.Image
	}
	if err := pictureURL("image", address); err != nil {
		return nil, err
	}
	if b.NickName == nil {
		b.NickName = b.Name
	}
	_, err := a.Chat.ChangeProfile(ctx, p, p.Account, chat.ProfileChange{Picture: picture, Fields: func(f *chat.Profile) {
		set(&f.Name, b.NickName)
		set(&f.Status, b.Status)
		set(&f.Mobile, b.MobileNumber)
		set(&f.Email, b.Email)
		a.setImage(f, address)
	}})
	if err != nil {
		return nil, err
	}
	person, err := a.Chat.Person(ctx, p, p.Bare())
	if err != nil {
		return nil, err
	}
	u := a.userModel(ctx, person)
	token := chat.MediaToken(u.ProfileURL)
	if !strings.HasSuffix(person.Profile.Image, token) { // it is an address elsewhere that looks like ours
		token = ""
	}
	return answer(profileModel{u, u.ProfileURL, u.ProfileURLThumb, u.EmailID, token, token}, "Profile updated successfully")
}

func (a *API) lastSeen(ctx context.Context, p switchboard.Principal, in *UserPath) (*web.Out[envelope[lastSeenModel]], error) {
	jid, err := userJID(p, in.UserID)
	if err != nil {
		return nil, err
	}
	at, err := a.Chat.LastSeen(ctx, p, jid)
	if err != nil {
		return nil, err
	}
	m := lastSeenModel{UserID: jid.Local, UserJID: jid.String(), Seconds: -1}
	if !at.IsZero() {
		m.Seconds = max(int64(a.Now().Sub(at)/time.Second), 1)
	} else if online, err := a.Chat.Online(ctx, p, jid); err != nil {
		return nil, err
	} else if online {
		m.Seconds = 0
	}
	return answer(m, retrieved)
}

func (a *API) presence(ctx context.Context, p switchboard.Principal, in *presenceRequest) (*web.Out[envelope[presenceModel]], error) {
	var ids []string
	for _, id := range in.UserIDs {
		for one := range strings.SplitSeq(id, ",") {
			if one = strings.TrimSpace(one); one != "" {
				ids = append(ids, one)
			}
		}
	}
	from, to, totals := in.cut(len(ids), 10)
	ids = ids[from:to]
	names := make([]string, len(ids)) // what is no id stays empty, which nobody is called
	for i, id := range ids {
		if jid, err := userJID(p, id); err == nil {
			names[i] = jid.Local
		}
	}
	list, err := a.Chat.Presence(ctx, p, names)
	if err != nil {
		return nil, err
	}
	m := presenceModel{Valid: []presentUser{}, Invalid: []absentUser{}, Totals: totals}
	for i, one := range list {
		if !one.Known {
			m.Invalid = append(m.Invalid, absentUser{ids[i], "User is not available"})
			continue
		}
		m.Valid = append(m.Valid, a.presentUser(one))
	}
	return answer(m, retrieved)
}

func (a *API) presentUser(one chat.Presence) presentUser {
	u := presentUser{Username: one.Name, LastSeen: "0"}
	switch {
	case one.Online:
		u.Presence, u.LastSeen = 1, strconv.FormatInt(a.Now().Unix(), 10)
	case !one.LastSeen.IsZero():
		u.LastSeen = strconv.FormatInt(one.LastSeen.Unix(), 10)
	}
	return u
}

func (a *API) setPushToken(ctx context.Context, p switchboard.Principal, in *pushRequest) (*web.Out[done], error) {
	b := in.Body
	id, err := a.ownOrAny(ctx, p, b.Username)
	if err != nil {
		return nil, err
	}
	err = a.Chat.SetPushToken(ctx, p, id, chat.PushToken{DeviceType: b.DeviceType, Device: b.DeviceID, OSVersion: b.DeviceOSVersion,
		Token: b.DeviceToken, VoIP: b.VoIPDeviceToken, Sandbox: b.Mode == 1})
	if err != nil {
		return nil, err
	}
	return say("Data updated successfully")
}

// ownOrAny is one's own account, or as an administrator anybody's.
func (a *API) ownOrAny(ctx context.Context, p switchboard.Principal, name string) (switchboard.AccountID, error) {
	jid, err := userJID(p, name)
	if err != nil || jid == p.Bare() {
		return p.Account, err
	}
	if err := p.Require(switchboard.ScopeUsersWrite); err != nil {
		return 0, err
	}
	info, err := a.Auth.AccountByName(ctx, p, jid.Local)
	return info.ID, err
}
