-- The login of an OAuth client through which a device was made: it ends with
-- that login. 0: none.

ALTER TABLE devices ADD COLUMN through BIGINT NOT NULL DEFAULT 0;
CREATE INDEX devices_through ON devices (through) WHERE through > 0;
