-- Personal eventing (XEP-0163): what accounts publish; and their vCards.

CREATE TABLE pep_nodes (
  account BIGINT NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
  node TEXT NOT NULL,
  config TEXT NOT NULL,
  PRIMARY KEY (account, node)
) WITHOUT ROWID; -- sqlite
); -- postgres

-- Sequence orders the items of a node by their publication.
CREATE TABLE pep_items (
  account BIGINT NOT NULL,
  node TEXT NOT NULL,
  item TEXT NOT NULL,
  sequence BIGINT NOT NULL,
  published BIGINT NOT NULL,
  bytes BIGINT NOT NULL,
  payload BYTEA NOT NULL,
  PRIMARY KEY (account, node, item),
  FOREIGN KEY (account, node) REFERENCES pep_nodes (account, node) ON DELETE CASCADE
);
CREATE INDEX pep_items_sequence ON pep_items (account, node, sequence, bytes);

-- What a vCard (XEP-0054) says beyond the profile: the element as it was
-- published, without the picture.
CREATE TABLE vcards (
  account BIGINT PRIMARY KEY REFERENCES accounts (id) ON DELETE CASCADE, -- postgres
  account INTEGER PRIMARY KEY REFERENCES accounts (id) ON DELETE CASCADE, -- sqlite
  vcard BYTEA NOT NULL
);
