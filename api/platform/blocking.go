package platform

import (
	"context"
	"slices"

	"switchboard"
	"switchboard/chat"
	"switchboard/web"
)

type blockRequest struct {
	Body struct {
		UserID string `json:"userId"`
	}
}

type blockListModel struct {
	UsersList []listedUser `json:"usersList"`
	Totals
}

// The refusals, as documented.
var (
	errBlockSelf  = switchboard.E(switchboard.Invalid, "block-self", "Blocking/Unblocking of self account is not allowed")
	errBlocked    = switchboard.E(switchboard.Invalid, "already-blocked", "User is already in blocked list")
	errNotBlocked = switchboard.E(switchboard.Invalid, "not-blocked", "User is not in blocked list")
)

func (a *API) blocking() {
	op := func(path, summary string) web.Op {
		return web.Op{Method: "POST", Path: path, Tag: "Users", Scope: switchboard.ScopeChat, Summary: summary}
	}
	web.Handle(a.rest, op("/users/block", "Block a user"),
		func(ctx context.Context, p switchboard.Principal, in *blockRequest) (*web.Out[done], error) {
			jid, blocked, err := a.toBlock(ctx, p, in.Body.UserID)
			switch {
			case err != nil:
				return nil, err
			case blocked:
				return nil, errBlocked
			}
			if err := a.Chat.Block(ctx, p, jid); err != nil {
				return nil, err
			}
			return say("User blockout requested")
		})
	web.Handle(a.rest, op("/users/unblock", "Unblock a user"),
		func(ctx context.Context, p switchboard.Principal, in *blockRequest) (*web.Out[done], error) {
			jid, blocked, err := a.toBlock(ctx, p, in.Body.UserID)
			switch {
			case err != nil:
				return nil, err
			case !blocked:
				return nil, errNotBlocked
			}
			if err := a.Chat.Unblock(ctx, p, jid); err != nil {
				return nil, err
			}
			return say("User unblock requested")
		})
	list := func(path, alias, summary string, ask func(context.Context, switchboard.Principal, chat.PeopleQuery) (chat.PeoplePage, error)) {
		web.Handle(a.rest, web.Op{Method: "GET", Path: path, Aliases: []string{alias}, Tag: "Users", Scope: switchboard.ScopeChat, Summary: summary},
			func(ctx context.Context, p switchboard.Principal, in *peopleRequest) (*web.Out[envelope[blockListModel]], error) {
				list, totals, err := a.people(ctx, p, in, ask)
				if err != nil {
					return nil, err
				}
				return answer(blockListModel{list, totals}, retrieved)
			})
	}
	list("/users/blockedList", "/users/blocked", "The users whom one blocks", a.Chat.BlockedPeople)
	list("/users/blockedByList", "/users/blockedBy", "The users who block one; their profiles are hidden", a.Chat.BlockedByPeople)
}

// toBlock is the user that an id names, and whether the asker blocks it now.
func (a *API) toBlock(ctx context.Context, p switchboard.Principal, id string) (jid switchboard.JID, blocked bool, err error) {
	jid, err = userJID(p, id)
	if err != nil {
		return jid, false, err
	}
	if jid == p.Bare() {
		return jid, false, errBlockSelf
	}
	list, err := a.Chat.Blocked(ctx, p)
	if err != nil || slices.Contains(list, jid) {
		return jid, err == nil, err
	}
	if _, err := a.Chat.Person(ctx, p, jid); err != nil {
		return jid, false, a.mutual(ctx, p, jid, err)
	}
	return jid, false, nil
}

// mutual lets a user block somebody who blocks him, and is therefore not to be
// found, in return.
func (a *API) mutual(ctx context.Context, p switchboard.Principal, jid switchboard.JID, notFound error) error {
	if switchboard.KindOf(notFound) != switchboard.NotFound {
		return notFound
	}
	blockers, err := a.Chat.BlockedBy(ctx, p)
	if err == nil && !slices.Contains(blockers, jid) {
		err = errUserID
	}
	return err
}
