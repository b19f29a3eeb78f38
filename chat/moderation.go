package chat

import (
	"context"

	"switchboard"
	"switchboard/store"
)

var errGroupBlocked = switchboard.E(switchboard.Forbidden, "group-blocked", "an administrator has blocked this group")

// ModerateGroup blocks or unblocks a group: a blocked one takes no messages of
// its members. Only an administrator may.
func (s *Service) ModerateGroup(ctx context.Context, p switchboard.Principal, jid switchboard.JID, blocked bool) error {
	return s.ModerateGroups(ctx, p, []switchboard.JID{jid}, blocked)
}

// ModerateGroups is ModerateGroup for several groups: all of them or none.
func (s *Service) ModerateGroups(ctx context.Context, p switchboard.Principal, jids []switchboard.JID, blocked bool) error {
	if err := p.RequireAdmin(); err != nil {
		return err
	}
	if err := p.Require(switchboard.ScopeUsersWrite); err != nil {
		return err
	}
	for _, j := range jids {
		if j.Local == "" || j.Domain != GroupHost(p.Domain) {
			return errNoGroup
		}
	}
	var tell map[switchboard.JID][]switchboard.AccountID
	err := s.db.Write(ctx, func(tx *store.Tx) error {
		tell = make(map[switchboard.JID][]switchboard.AccountID)
		for _, j := range jids {
			changed, who, err := moderateGroup(tx, p, j.Bare(), blocked)
			if err != nil {
				return err
			}
			if changed {
				tell[j.Bare()] = who
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	kind := NoticeAdminUnblocked
	if blocked {
		kind = NoticeAdminBlocked
	}
	for j, who := range tell {
		s.forgetGroup(p.Tenant, j.Local)
		s.notifyAll(once(who), &Notice{Kind: kind, JID: j})
	}
	return nil
}

// moderateGroup changes one group, and says who should hear of it.
func moderateGroup(tx *store.Tx, p switchboard.Principal, jid switchboard.JID, blocked bool) (changed bool, tell []switchboard.AccountID, err error) {
	g, err := tx.GroupByName(p.Tenant, jid.Local)
	if err != nil || g.Blocked == blocked {
		return false, nil, noGroup(err)
	}
	if err := tx.SetGroupBlocked(g.ID, blocked); err != nil {
		return false, nil, err
	}
	tx.Append(&switchboard.Event{Tenant: p.Tenant, Kind: switchboard.GroupModerated, Subject: int64(g.ID), Actor: max(p.Account, 0),
		Payload: switchboard.Payload(map[string]any{"group": jid.String(), "blocked": blocked})})
	members, err := tx.Members(g.ID)
	if err != nil {
		return false, nil, err
	}
	for _, m := range members {
		tell = append(tell, m.Account)
	}
	admins, err := tx.AdminIDs(p.Tenant)
	return true, append(tell, admins...), err
}

// takes tells whether a group takes messages of its members. One that a user
// has made (it has an owner) is part of the feature of group chats; a
// conversation with a customer is not.
func (g *group) takes(from switchboard.AccountKind) error {
	if g.blocked {
		return errGroupBlocked
	}
	on := g.tenant.features.Load()
	if from != switchboard.User || on == nil || (*on)[switchboard.FeatureGroupChat] {
		return nil
	}
	for _, m := range g.members {
		if m.role == Owner {
			return featureOff(switchboard.FeatureGroupChat)
		}
	}
	return nil
}

// once leaves out what comes again.
func once(ids []switchboard.AccountID) []switchboard.AccountID {
	seen := make(map[switchboard.AccountID]bool, len(ids))
	all := ids[:0:0]
	for _, id := range ids {
		if !seen[id] {
			seen[id] = true
			all = append(all, id)
		}
	}
	return all
}
