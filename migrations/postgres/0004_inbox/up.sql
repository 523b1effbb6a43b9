-- One post of many rows, one file, one pull. kind: 1 batch, 2 import, 3 pull. state: 1 running, 2 finished, 3 failed.
-- spool: the folder in which a file waits that a server takes; null where no server does.
CREATE TABLE batch (
  batch_id    INT8  NOT NULL CONSTRAINT batch_pk PRIMARY KEY,
  source_id   INT8  NOT NULL,
  subject     TEXT  NOT NULL,
  kind        INT2  NOT NULL CONSTRAINT batch_kind_known CHECK (kind BETWEEN 1 AND 3),
  state       INT2  NOT NULL CONSTRAINT batch_state_known CHECK (state BETWEEN 1 AND 3),
  received_at INT8  NOT NULL,
  finished_at INT8,
  rows_in     INT8  NOT NULL,
  counts      TEXT  NOT NULL,
  note        TEXT  NOT NULL,
  spool       TEXT
);

-- The inbox: every row that ever arrived, with its outcome. sealed: the row as received, under the
-- person's data key where the person is known, else under the key of the inbox.
CREATE TABLE submission (
  batch_id    INT8  NOT NULL,
  row_no      INT8  NOT NULL,
  source_id   INT8  NOT NULL,
  subject     TEXT  NOT NULL,
  received_at INT8  NOT NULL,
  outcome     INT2  NOT NULL CONSTRAINT submission_outcome_known CHECK (outcome BETWEEN 1 AND 11),
  ext_key     TEXT,
  person_id   INT8,
  entry_seq   INT8,
  problem     TEXT,
  sealed      BYTEA NOT NULL,
  CONSTRAINT submission_pk PRIMARY KEY (batch_id, row_no)
);

CREATE INDEX submission_by_source ON submission (source_id, batch_id, row_no);
-- 1 posted, 2 replayed, 3 corrected, 4 reversed, 5 pending are told by the ledger itself.
CREATE INDEX submission_unsettled ON submission (person_id) WHERE person_id IS NOT NULL AND outcome > 5;

-- Hours that wait for recognition, and what became of them. closed_as: 1 recognised, 2 rejected,
-- 3 withdrawn, 4 corrected, 5 re-categorised, 6 held.
CREATE TABLE pending (
  person_id    INT8  NOT NULL,
  batch_id     INT8  NOT NULL,
  row_no       INT8  NOT NULL,
  source_id    INT8  NOT NULL,
  ext_key      TEXT  NOT NULL,
  revision     INT4  NOT NULL,
  content_hash BYTEA NOT NULL,
  year         INT2  NOT NULL,
  category     INT2  NOT NULL CONSTRAINT pending_category_known CHECK (category BETWEEN 0 AND 3),
  hours        INT8  NOT NULL CONSTRAINT pending_hours_positive CHECK (hours > 0),
  completed_on DATE,
  attrs        TEXT  NOT NULL,
  jurisdiction TEXT,
  specialty    TEXT,
  known_at     INT8  NOT NULL,
  closed_at    INT8,
  closed_as    INT2  CONSTRAINT pending_closed_known CHECK (closed_as BETWEEN 1 AND 6),
  decision_id  INT8,
  entry_seq    INT8,
  CONSTRAINT pending_pk PRIMARY KEY (person_id, batch_id, row_no),
  CONSTRAINT pending_closed_whole CHECK ((closed_at IS NULL) = (closed_as IS NULL))
);

CREATE INDEX pending_queue ON pending (known_at, person_id, batch_id, row_no) WHERE closed_at IS NULL;

CREATE TRIGGER submission_no_change BEFORE UPDATE OR DELETE ON submission
  FOR EACH ROW EXECUTE FUNCTION append_only();
CREATE TRIGGER submission_no_truncate BEFORE TRUNCATE ON submission
  FOR EACH STATEMENT EXECUTE FUNCTION append_only();
-- Also for a session that plays the replica.
ALTER TABLE submission ENABLE ALWAYS TRIGGER submission_no_change;
ALTER TABLE submission ENABLE ALWAYS TRIGGER submission_no_truncate;

-- A row that waits is closed, once; nothing else of it ever changes.
CREATE FUNCTION only_closed() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  closing TEXT[] := '{closed_at,closed_as,decision_id,entry_seq}';
BEGIN
  IF TG_OP = 'UPDATE' AND OLD.closed_at IS NULL AND NEW.closed_at IS NOT NULL
    AND to_jsonb(NEW) - closing = to_jsonb(OLD) - closing THEN
    RETURN NEW;
  END IF;
  RAISE EXCEPTION 'append_only: %', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $$;

CREATE TRIGGER pending_no_change BEFORE UPDATE OR DELETE ON pending
  FOR EACH ROW EXECUTE FUNCTION only_closed();
CREATE TRIGGER pending_no_truncate BEFORE TRUNCATE ON pending
  FOR EACH STATEMENT EXECUTE FUNCTION append_only();
-- Also for a session that plays the replica.
ALTER TABLE pending ENABLE ALWAYS TRIGGER pending_no_change;
ALTER TABLE pending ENABLE ALWAYS TRIGGER pending_no_truncate;
