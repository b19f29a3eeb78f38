package store

import (
	"encoding/json"
	"time"

	"switchboard"
)

// Guest is what is known of the customer of a conversation.
type Guest struct {
	Name     string `json:"name,omitempty"`
	Email    string `json:"email,omitempty"`
	IP       string `json:"ip,omitempty"`
	OS       string `json:"os,omitempty"`
	Browser  string `json:"browser,omitempty"`
	Language string `json:"language,omitempty"`
	URL      string `json:"url,omitempty"`    // the page where it was opened
	Widget   string `json:"widget,omitempty"` // the widget's preset
}

// Parameter is a named value of a conversation.
type Parameter struct {
	Name    string    `json:"name"`
	Value   string    `json:"value"`
	Source  string    `json:"source"`
	Updated time.Time `json:"updated"`
}

// Conversation is one customer contact from first word to close.
type Conversation struct {
	ID         switchboard.ConversationID
	Tenant     switchboard.TenantID
	Department switchboard.DepartmentID
	Queue      switchboard.QueueID
	Group      switchboard.GroupID
	Archive    switchboard.ArchiveID // the group's
	Visitor    switchboard.AccountID
	Channel    string
	Source     string
	Status     string
	Guest      Guest
	Params     []Parameter
	Created    time.Time
	Queued     time.Time
	Started    time.Time // zero until the first operator accepts
	Ended      time.Time
	Reason     string // why it ended
	LeftState  string // where it was when the customer left
	Result     string
	Note       string
	Stars      int // 1 to 5; 0 for none
	Feedback   string
	Served     []Served
}

// Served is one time that an operator was in a conversation.
type Served struct {
	Account   switchboard.AccountID
	Joined    time.Time
	Left      time.Time // zero while there
	Concluded time.Time // zero until the after-contact work is done
	Note      string
}

const conversationColumns = `id, tenant, department, queue, chat_group, archive, visitor, channel, source, status, guest, params,
	created, queued, started, ended, reason, left_state, result, note, stars, feedback`

func scanConversation(scan func(...any) error) (c Conversation, err error) {
	var guest, params string
	var created, queued, started, ended int64
	err = scan(&c.ID, &c.Tenant, &c.Department, &c.Queue, &c.Group, &c.Archive, &c.Visitor, &c.Channel, &c.Source, &c.Status,
		&guest, &params, &created, &queued, &started, &ended, &c.Reason, &c.LeftState, &c.Result, &c.Note, &c.Stars, &c.Feedback)
	if err != nil {
		return c, err
	}
	c.Created, c.Queued, c.Started, c.Ended = fromMicros(created), fromMicros(queued), fromMicros(started), fromMicros(ended)
	if err := json.Unmarshal([]byte(guest), &c.Guest); err != nil {
		return c, err
	}
	return c, json.Unmarshal([]byte(params), &c.Params)
}

func jsonText(v any) string {
	b, _ := json.Marshal(v) // only structs and slices of plain values come here
	return string(b)
}

// InsertConversation stores a conversation and returns its id.
func (tx *Tx) InsertConversation(c Conversation) (id switchboard.ConversationID, err error) {
	err = tx.mutate(`INSERT INTO conversations (tenant, department, queue, chat_group, archive, visitor, channel, source, status,
		guest, params, created, queued, started, ended, reason, left_state, result, note, stars, feedback)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21) RETURNING id`,
		int64(c.Tenant), int64(c.Department), int64(c.Queue), int64(c.Group), int64(c.Archive), int64(c.Visitor), c.Channel,
		c.Source, c.Status, jsonText(c.Guest), jsonText(c.Params), micros(c.Created), micros(c.Queued), micros(c.Started),
		micros(c.Ended), c.Reason, c.LeftState, c.Result, c.Note, c.Stars, c.Feedback).Scan(&id)
	return id, err
}

// UpdateConversation stores what may change of a conversation whose status is
// still was; false means that somebody else has changed it.
func (tx *Tx) UpdateConversation(c Conversation, was string) (bool, error) {
	n, err := tx.exec(`UPDATE conversations SET department = $1, queue = $2, status = $3, guest = $4, params = $5, queued = $6,
		started = $7, ended = $8, reason = $9, left_state = $10, result = $11, note = $12, stars = $13, feedback = $14
		WHERE id = $15 AND status = $16`,
		int64(c.Department), int64(c.Queue), c.Status, jsonText(c.Guest), jsonText(c.Params), micros(c.Queued), micros(c.Started),
		micros(c.Ended), c.Reason, c.LeftState, c.Result, c.Note, c.Stars, c.Feedback, int64(c.ID), was)
	return n > 0, err
}

// Conversation returns a conversation of a tenant with those who served it, or ErrNone.
func (tx *Tx) Conversation(tenant switchboard.TenantID, id switchboard.ConversationID) (Conversation, error) {
	c, err := scanConversation(tx.row("SELECT "+conversationColumns+" FROM conversations WHERE id = $1 AND tenant = $2",
		int64(id), int64(tenant)).Scan)
	if err == nil {
		c.Served, err = tx.served(id)
	}
	return c, err
}

// OpenConversation returns the visitor's newest conversation that has not ended, or ErrNone.
func (tx *Tx) OpenConversation(visitor switchboard.AccountID) (Conversation, error) {
	c, err := scanConversation(tx.row("SELECT "+conversationColumns+
		" FROM conversations WHERE visitor = $1 AND ended = 0 ORDER BY id DESC LIMIT 1", int64(visitor)).Scan)
	if err == nil {
		c.Served, err = tx.served(c.ID)
	}
	return c, err
}

const servedColumns = "account, joined, left_at, concluded, note"

func scanServed(scan func(...any) error) (s Served, err error) {
	var joined, left, concluded int64
	err = scan(&s.Account, &joined, &left, &concluded, &s.Note)
	s.Joined, s.Left, s.Concluded = fromMicros(joined), fromMicros(left), fromMicros(concluded)
	return s, err
}

func (tx *Tx) served(id switchboard.ConversationID) ([]Served, error) {
	rows, err := tx.query("SELECT "+servedColumns+" FROM conversation_operators WHERE conversation = $1 ORDER BY id", int64(id))
	return collect(rows, err, scanServed)
}

// InsertServed notes that an operator joined a conversation.
func (tx *Tx) InsertServed(id switchboard.ConversationID, account switchboard.AccountID) error {
	_, err := tx.exec("INSERT INTO conversation_operators (conversation, account, joined, left_at, concluded, note) VALUES ($1, $2, $3, 0, 0, '')",
		int64(id), int64(account), micros(tx.Now()))
	return err
}

// LeaveServed notes that an operator, or every one (0), left a conversation.
func (tx *Tx) LeaveServed(id switchboard.ConversationID, account switchboard.AccountID) error {
	_, err := tx.exec("UPDATE conversation_operators SET left_at = $1 WHERE conversation = $2 AND left_at = 0 AND (account = $3 OR $4 = 0)",
		micros(tx.Now()), int64(id), int64(account), int64(account))
	return err
}

// ConcludeServed notes that an operator, or every one (0), has finished the after-contact work.
func (tx *Tx) ConcludeServed(id switchboard.ConversationID, account switchboard.AccountID, note string) error {
	_, err := tx.exec("UPDATE conversation_operators SET concluded = $1, note = $2 WHERE conversation = $3 AND concluded = 0 AND (account = $4 OR $5 = 0)",
		micros(tx.Now()), note, int64(id), int64(account), int64(account))
	return err
}

// ConversationOfGroup returns the conversation that owns a group, or ErrNone;
// without those who served it.
func (tx *Tx) ConversationOfGroup(group switchboard.GroupID) (Conversation, error) {
	return scanConversation(tx.row("SELECT "+conversationColumns+" FROM conversations WHERE chat_group = $1", int64(group)).Scan)
}
