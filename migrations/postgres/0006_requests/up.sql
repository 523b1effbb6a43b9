-- A request that must have one effect however often it is sent. status: null while it runs.
CREATE TABLE idem_request (
  idem_key    TEXT  NOT NULL,
  client      TEXT  NOT NULL,
  route       TEXT  NOT NULL,
  fingerprint BYTEA NOT NULL CONSTRAINT idem_fingerprint_length CHECK (length(fingerprint) = 32),
  started_at  INT8  NOT NULL,
  status      INT2,
  answer      BYTEA,
  CONSTRAINT idem_request_pk PRIMARY KEY (idem_key, client, route)
);

CREATE INDEX idem_request_age ON idem_request (started_at);

-- Who looked at whose record.
CREATE TABLE access_log (
  log_id     INT8  NOT NULL CONSTRAINT access_log_pk PRIMARY KEY,
  at         INT8  NOT NULL,
  issuer     TEXT  NOT NULL,
  subject    TEXT  NOT NULL,
  role       TEXT  NOT NULL,
  route      TEXT  NOT NULL,
  person_id  INT8,
  request_id TEXT  NOT NULL
);

CREATE TRIGGER access_log_no_change BEFORE UPDATE OR DELETE ON access_log
  FOR EACH ROW EXECUTE FUNCTION append_only();
CREATE TRIGGER access_log_no_truncate BEFORE TRUNCATE ON access_log
  FOR EACH STATEMENT EXECUTE FUNCTION append_only();
-- Also for a session that plays the replica.
ALTER TABLE access_log ENABLE ALWAYS TRIGGER access_log_no_change;
ALTER TABLE access_log ENABLE ALWAYS TRIGGER access_log_no_truncate;
