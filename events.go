package switchboard

import "time"

// EventKind names a fact. Names are stable: they are stored.
type EventKind string

const (
	MessageSent EventKind = "message" // Payload: the stanza as delivered, less its stanza-id

	AccountCreated  EventKind = "account.created"
	AccountChanged  EventKind = "account.changed" // profile, role or state
	AccountDeleted  EventKind = "account.deleted"
	DeviceAdded     EventKind = "device.added"
	DeviceRevoked   EventKind = "device.revoked"
	KeyCreated      EventKind = "key.created"
	KeyRevoked      EventKind = "key.revoked"
	AccountDeleting EventKind = "account.deleting" // it may not sign in any more; its data go when the tenant's grace period is over
	AccountRestored EventKind = "account.restored" // an administrator took the deletion back in time
	ReportFiled     EventKind = "report.filed"     // somebody reported a user or a group
	ReportHandled   EventKind = "report.handled"
	FeedbackGiven   EventKind = "feedback.given"
	SigningRotated  EventKind = "signing.rotated" // tokens are signed with a new key
	GroupModerated  EventKind = "group.moderated" // an administrator blocked or unblocked a group
	TenantChanged   EventKind = "tenant.changed"
	WebhookChanged  EventKind = "webhook.changed"
	OperatorStatus  EventKind = "operator.status"
	ConversationNew EventKind = "conversation.created" // the visitor wrote; it waits in a queue

	ConversationStarted           EventKind = "conversation.started" // an operator is sought, or has it
	ConversationOperatorJoined    EventKind = "conversation.operator-joined"
	ConversationForwarded         EventKind = "conversation.forwarded"
	ConversationEnded             EventKind = "conversation.ended"
	ConversationOperatorLeft      EventKind = "conversation.operator-left"
	ConversationOperatorConcluded EventKind = "conversation.operator-concluded" // result and note are given
	ConversationChanged           EventKind = "conversation.changed"            // parameters, tags, note
)

// Event is a committed fact: one row of the ledger, as its consumers see it.
type Event struct {
	Position Position
	Tenant   TenantID
	Time     time.Time // UTC, microseconds
	Kind     EventKind
	Subject  int64     // what it is about: a conversation, group, account, webhook; 0 for a 1-1 message
	Actor    AccountID // who did it; 0 for the server itself
	Payload  []byte    // the stanza of a message, JSON of anything else; nil once erased
}
