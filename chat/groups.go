package chat

import (
	"time"

	"switchboard"
)

// GroupHost is the host of a tenant's groups.
func GroupHost(domain string) string { return "mix." + domain }

// Group is a chat with members.
type Group struct {
	ID      switchboard.GroupID
	Tenant  switchboard.TenantID
	JID     switchboard.JID // bare
	Name    string
	Archive switchboard.ArchiveID
	Created time.Time
}

// NewGroup says what group to make. Whoever makes it by CreateGroup becomes a
// member too, as its owner.
type NewGroup struct {
	Name    string
	Members []switchboard.AccountID
}

// Role is what a member may do to a group.
type Role string

const (
	Owner       Role = "owner" // may also add and remove others
	Participant Role = "member"
)

// Member is an account in a group.
type Member struct {
	Account switchboard.AccountID
	JID     switchboard.JID // bare address of the account
	Name    string
	Kind    switchboard.AccountKind
	Role    Role
	Joined  time.Time
}

// GroupChange is the value of KindGroup: the account is in the group now, or no
// longer.
type GroupChange struct {
	Group  switchboard.GroupID
	JID    switchboard.JID
	Name   string
	Member bool
}

// Announce tells the streams concerned what a transaction has done. Call the one
// of the last run of the transaction's function, once, after the commit; inside
// the done function of store.Submit it keeps the order of all other deliveries.
type Announce func()
