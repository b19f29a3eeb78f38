package store

import (
	"encoding/json"
	"time"

	"switchboard"
)

// PEPNode is a node of an account's personal eventing service (XEP-0163).
type PEPNode struct {
	Account switchboard.AccountID
	Node    string
	Config  PEPConfig
}

// PEPConfig is the configuration of a node (XEP-0060 §16.4.4).
type PEPConfig struct {
	Access       string `json:"access"`             // open, presence or whitelist
	MaxItems     int    `json:"maxItems"`           // 0: as many as the server keeps
	Transient    bool   `json:"transient,omitzero"` // items are announced and not kept
	SendLast     string `json:"sendLast"`           // never, on_sub or on_sub_and_presence
	NoPayloads   bool   `json:"noPayloads,omitzero"`
	NotifyRetire bool   `json:"notifyRetire,omitzero"` // retractions, purges and deletions are announced
	NotifyConfig bool   `json:"notifyConfig,omitzero"`
	Title        string `json:"title,omitzero"`
	Type         string `json:"type,omitzero"` // namespace of the payloads
}

// PEPItem is an item of a node.
type PEPItem struct {
	Item      string
	Published time.Time
	Payload   []byte
}

func scanPEPNode(scan func(...any) error) (n PEPNode, err error) {
	var config string
	if err := scan(&n.Account, &n.Node, &config); err != nil {
		return n, err
	}
	return n, json.Unmarshal([]byte(config), &n.Config)
}

func scanPEPItem(scan func(...any) error) (i PEPItem, err error) {
	var published int64
	err = scan(&i.Item, &published, &i.Payload)
	i.Published = fromMicros(published)
	return i, err
}

// PEPNode returns a node, or ErrNone.
func (tx *Tx) PEPNode(account switchboard.AccountID, node string) (PEPNode, error) {
	return scanPEPNode(tx.row("SELECT account, node, config FROM pep_nodes WHERE account = $1 AND node = $2", int64(account), node).Scan)
}

// PEPNodes lists the nodes of an account by name.
func (tx *Tx) PEPNodes(account switchboard.AccountID) ([]PEPNode, error) {
	rows, err := tx.query("SELECT account, node, config FROM pep_nodes WHERE account = $1 ORDER BY node", int64(account))
	return collect(rows, err, scanPEPNode)
}

// PeerPEPNodes lists the nodes of those accounts of the tenant whose presence
// an account gets.
func (tx *Tx) PeerPEPNodes(account switchboard.AccountID, tenant switchboard.TenantID) ([]PEPNode, error) {
	rows, err := tx.query(`SELECT n.account, n.node, n.config FROM roster r
		JOIN accounts a ON a.tenant = $1 AND a.localpart = r.localpart
		JOIN pep_nodes n ON n.account = a.id
		WHERE r.account = $2 AND r.subscribed_to = 1 AND a.disabled = 0 ORDER BY r.jid, n.node`, int64(tenant), int64(account))
	return collect(rows, err, scanPEPNode)
}

// PutPEPNode stores a node's configuration; the node need not exist.
func (tx *Tx) PutPEPNode(n PEPNode) error {
	config, err := json.Marshal(n.Config)
	if err != nil {
		return err
	}
	_, err = tx.exec(`INSERT INTO pep_nodes (account, node, config) VALUES ($1, $2, $3)
		ON CONFLICT (account, node) DO UPDATE SET config = excluded.config`, int64(n.Account), n.Node, string(config))
	return err
}

// DeletePEPNode removes a node with its items, or returns ErrNone.
func (tx *Tx) DeletePEPNode(account switchboard.AccountID, node string) error {
	n, err := tx.exec("DELETE FROM pep_nodes WHERE account = $1 AND node = $2", int64(account), node)
	return oneRow(n, err)
}

// PutPEPItem stores an item as the newest of its node, in the place of one with
// the same id.
func (tx *Tx) PutPEPItem(account switchboard.AccountID, node string, i PEPItem) error {
	_, err := tx.exec(`INSERT INTO pep_items (account, node, item, sequence, published, bytes, payload)
		SELECT $1, $2, $3, coalesce(max(sequence), 0) + 1, $4, $5, $6 FROM pep_items WHERE account = $7 AND node = $8
		ON CONFLICT (account, node, item) DO UPDATE SET sequence = excluded.sequence, published = excluded.published,
		bytes = excluded.bytes, payload = excluded.payload`,
		int64(account), node, i.Item, micros(i.Published), int64(len(i.Payload)), i.Payload, int64(account), node)
	return err
}

// TrimPEPItems drops all but the newest items of a node.
func (tx *Tx) TrimPEPItems(account switchboard.AccountID, node string, keep int) error {
	var last int64
	err := tx.row("SELECT sequence FROM pep_items WHERE account = $1 AND node = $2 ORDER BY sequence DESC LIMIT 1 OFFSET $3",
		int64(account), node, keep).Scan(&last)
	if err == ErrNone {
		return nil
	}
	if err == nil {
		_, err = tx.exec("DELETE FROM pep_items WHERE account = $1 AND node = $2 AND sequence <= $3", int64(account), node, last)
	}
	return err
}

// DeletePEPItem removes an item, or returns ErrNone.
func (tx *Tx) DeletePEPItem(account switchboard.AccountID, node, item string) error {
	n, err := tx.exec("DELETE FROM pep_items WHERE account = $1 AND node = $2 AND item = $3", int64(account), node, item)
	return oneRow(n, err)
}

// PEPItem returns an item, or ErrNone.
func (tx *Tx) PEPItem(account switchboard.AccountID, node, item string) (PEPItem, error) {
	return scanPEPItem(tx.row("SELECT item, published, payload FROM pep_items WHERE account = $1 AND node = $2 AND item = $3",
		int64(account), node, item).Scan)
}

// PEPItems lists the newest items of a node, newest first.
func (tx *Tx) PEPItems(account switchboard.AccountID, node string, limit int) ([]PEPItem, error) {
	rows, err := tx.query(`SELECT item, published, payload FROM pep_items WHERE account = $1 AND node = $2
		ORDER BY sequence DESC LIMIT $3`, int64(account), node, limit)
	return collect(rows, err, scanPEPItem)
}

// CountPEP counts what an account has published: nodes, items and their bytes.
func (tx *Tx) CountPEP(account switchboard.AccountID) (nodes, items int, bytes int64, err error) {
	if err = tx.row("SELECT count(*) FROM pep_nodes WHERE account = $1", int64(account)).Scan(&nodes); err != nil {
		return nodes, items, bytes, err
	}
	err = tx.row("SELECT count(*), CAST(coalesce(sum(bytes), 0) AS BIGINT) FROM pep_items WHERE account = $1", int64(account)).
		Scan(&items, &bytes)
	return nodes, items, bytes, err
}

// VCard returns what was published as an account's vCard, or ErrNone.
func (tx *Tx) VCard(account switchboard.AccountID) (vcard []byte, err error) {
	err = tx.row("SELECT vcard FROM vcards WHERE account = $1", int64(account)).Scan(&vcard)
	return vcard, err
}

// PutVCard stores what was published as an account's vCard.
func (tx *Tx) PutVCard(account switchboard.AccountID, vcard []byte) error {
	_, err := tx.exec("INSERT INTO vcards (account, vcard) VALUES ($1, $2) ON CONFLICT (account) DO UPDATE SET vcard = excluded.vcard",
		int64(account), vcard)
	return err
}

// DeletePEP removes everything that an account has published, its vCard too.
func (tx *Tx) DeletePEP(account switchboard.AccountID) error {
	if _, err := tx.exec("DELETE FROM pep_nodes WHERE account = $1", int64(account)); err != nil {
		return err
	}
	_, err := tx.exec("DELETE FROM vcards WHERE account = $1", int64(account))
	return err
}
