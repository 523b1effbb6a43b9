-- A request that must have one effect however often it is sent. status: null while it runs.
CREATE TABLE idem_request (
  idem_key    TEXT    NOT NULL,
  client      TEXT    NOT NULL,
  route       TEXT    NOT NULL,
  fingerprint BLOB    NOT NULL CONSTRAINT idem_fingerprint_length CHECK (length(fingerprint) = 32),
  started_at  INTEGER NOT NULL,
  status      INTEGER,
  answer      BLOB,
  CONSTRAINT idem_request_pk PRIMARY KEY (idem_key, client, route)
) STRICT, WITHOUT ROWID;

CREATE INDEX idem_request_age ON idem_request (started_at);

-- Who looked at whose record.
CREATE TABLE access_log (
  log_id     INTEGER NOT NULL CONSTRAINT access_log_pk PRIMARY KEY,
  at         INTEGER NOT NULL,
  issuer     TEXT    NOT NULL,
  subject    TEXT    NOT NULL,
  role       TEXT    NOT NULL,
  route      TEXT    NOT NULL,
  person_id  INTEGER,
  request_id TEXT    NOT NULL
) STRICT;

CREATE TRIGGER access_log_no_update BEFORE UPDATE ON access_log
BEGIN SELECT RAISE(ABORT, 'append_only: access_log'); END;

CREATE TRIGGER access_log_no_delete BEFORE DELETE ON access_log
BEGIN SELECT RAISE(ABORT, 'append_only: access_log'); END;

CREATE TRIGGER access_log_no_replace BEFORE INSERT ON access_log
WHEN EXISTS (SELECT 1 FROM access_log WHERE log_id = NEW.log_id)
BEGIN SELECT RAISE(ABORT, 'append_only: access_log'); END;
