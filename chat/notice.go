package chat

import (
	"switchboard"
	"switchboard/bus"
)

// KindNotice is the kind of the signals for what has no XEP of its own; see Notice.
const KindNotice = "notice"

// Notice is the value of KindNotice: the streams of the account on the topic
// that want to know are told. It is never archived and held back for nobody.
type Notice struct {
	Kind   string            // one of the constants
	JID    switchboard.JID   // whom it is about; may be zero
	Fields map[string]string // by kind, see the constants
}

// The kinds of notices.
const (
	NoticeProfile        = "profile"         // JID has another profile: name, email, mobile, status, image, thumb
	NoticeDeleted        = "deleted"         // JID is being deleted
	NoticeAdminBlocked   = "admin-blocked"   // an administrator has blocked JID, a user or group
	NoticeAdminUnblocked = "admin-unblocked" // … and unblocked
	NoticeBlockedBy      = "blocked-by"      // JID has blocked this account
	NoticeUnblockedBy    = "unblocked-by"    // … and unblocked
	NoticeFeatures       = "features"        // a field true or false for each feature
	NoticeDeviceAdded    = "device-added"    // the account is signed in on one more device: type, device
)

func (s *Service) notify(to switchboard.AccountID, n *Notice) {
	s.bus.Signal(bus.Signal{Topic: bus.Account(to), Kind: KindNotice, Value: n}, nil)
}

func (s *Service) notifyAll(to []switchboard.AccountID, n *Notice) {
	for _, id := range to {
		s.notify(id, n)
	}
}
