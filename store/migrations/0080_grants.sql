-- Devices that ask to be signed in (RFC 8628), sign-in at another OpenID
-- provider, and what is known of a login beside its credential.

ALTER TABLE devices ADD COLUMN name TEXT NOT NULL DEFAULT '';
ALTER TABLE devices ADD COLUMN address TEXT NOT NULL DEFAULT '';
-- What its credential may do; empty: all that its account may.
ALTER TABLE devices ADD COLUMN scopes TEXT NOT NULL DEFAULT '';

ALTER TABLE oauth_codes ADD COLUMN name TEXT NOT NULL DEFAULT '';
ALTER TABLE oauth_codes ADD COLUMN address TEXT NOT NULL DEFAULT '';

-- answer is empty until somebody has answered, then "yes" or "no". pace is the
-- least time between two polls, in microseconds.
CREATE TABLE device_grants (
  hash BYTEA PRIMARY KEY,
  user_code TEXT NOT NULL UNIQUE,
  tenant BIGINT NOT NULL REFERENCES tenants (id),
  client TEXT NOT NULL,
  scopes TEXT NOT NULL,
  origin TEXT NOT NULL,
  agent TEXT NOT NULL,
  address TEXT NOT NULL,
  created BIGINT NOT NULL,
  expires BIGINT NOT NULL,
  polled BIGINT NOT NULL,
  pace BIGINT NOT NULL,
  answer TEXT NOT NULL,
  account BIGINT NOT NULL,
  version BIGINT NOT NULL,
  device BIGINT NOT NULL,
  spent BIGINT NOT NULL
);
CREATE INDEX device_grants_expires ON device_grants (expires);

-- Accounts that sign in at another provider only. subject is empty until the
-- first sign-in there with the e-mail address that an administrator set.
CREATE TABLE account_providers (
  account BIGINT PRIMARY KEY REFERENCES accounts (id), -- postgres
  account INTEGER PRIMARY KEY REFERENCES accounts (id), -- sqlite
  tenant BIGINT NOT NULL REFERENCES tenants (id),
  provider TEXT NOT NULL,
  email TEXT NOT NULL,
  issuer TEXT NOT NULL,
  subject TEXT NOT NULL,
  linked BIGINT NOT NULL
);
CREATE UNIQUE INDEX account_providers_subject ON account_providers (tenant, provider, issuer, subject) WHERE subject <> '';
CREATE INDEX account_providers_email ON account_providers (tenant, provider, email);

-- Who did what: facts of a tenant by actor and by kind.
CREATE INDEX ledger_actors ON ledger (tenant, actor, position) WHERE kind <> 'message';
CREATE INDEX ledger_kinds ON ledger (tenant, kind, position) WHERE kind <> 'message';
