package chat

import (
	"time"

	"switchboard"
)

// ArchiveQuery selects messages of an archive (XEP-0313 v1.1.3).
type ArchiveQuery struct {
	Of         switchboard.JID // whose; zero is the asker's own, a group's address is for its members
	With       switchboard.JID // only messages from or to this address
	Start, End time.Time       // inclusive
	After      string          // RSM: the page follows this id
	Before     string          // RSM: the page precedes this id
	Last       bool            // RSM: an empty <before/>: the page is the last one
	AfterID    string          // form field after-id
	BeforeID   string          // form field before-id
	IDs        []string        // form field ids: exactly these
	Max        int             // at most this many; 0 means 50; never more than switchboard.MaxPage
	Flip       bool            // flip-page: newest first within the page
}

// ArchivePage is an answer to an ArchiveQuery. There is no count: it would cost
// more than the page (XEP-0313 §4.1.2 does not ask for it).
type ArchivePage struct {
	Messages    []Message // Number and StanzaID are those of the queried archive
	First, Last string    // ids of the oldest and newest message of the page (before flipping)
	Complete    bool      // nothing follows in the direction of paging
}

// ArchiveEnds are the first and last message of an archive (XEP-0313 §5.1);
// the ids are empty when the archive is.
type ArchiveEnds struct {
	FirstID, LastID     string
	FirstTime, LastTime time.Time
}
