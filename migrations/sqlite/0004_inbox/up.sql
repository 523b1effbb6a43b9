-- One post of many rows, one file, one pull. kind: 1 batch, 2 import, 3 pull. state: 1 running, 2 finished, 3 failed.
-- spool: the folder in which a file waits that a server takes; null where no server does.
CREATE TABLE batch (
  batch_id    INTEGER NOT NULL CONSTRAINT batch_pk PRIMARY KEY,
  source_id   INTEGER NOT NULL,
  subject     TEXT    NOT NULL,
  kind        INTEGER NOT NULL CONSTRAINT batch_kind_known CHECK (kind BETWEEN 1 AND 3),
  state       INTEGER NOT NULL CONSTRAINT batch_state_known CHECK (state BETWEEN 1 AND 3),
  received_at INTEGER NOT NULL,
  finished_at INTEGER,
  rows_in     INTEGER NOT NULL,
  counts      TEXT    NOT NULL,
  note        TEXT    NOT NULL,
  spool       TEXT
) STRICT;

-- The inbox: every row that ever arrived, with its outcome. sealed: the row as received, under the
-- person's data key where the person is known, else under the key of the inbox.
CREATE TABLE submission (
  batch_id    INTEGER NOT NULL,
  row_no      INTEGER NOT NULL,
  source_id   INTEGER NOT NULL,
  subject     TEXT    NOT NULL,
  received_at INTEGER NOT NULL,
  outcome     INTEGER NOT NULL CONSTRAINT submission_outcome_known CHECK (outcome BETWEEN 1 AND 11),
  ext_key     TEXT,
  person_id   INTEGER,
  entry_seq   INTEGER,
  problem     TEXT,
  sealed      BLOB    NOT NULL,
  CONSTRAINT submission_pk PRIMARY KEY (batch_id, row_no)
) STRICT, WITHOUT ROWID;

CREATE INDEX submission_by_source ON submission (source_id, batch_id, row_no);
-- 1 posted, 2 replayed, 3 corrected, 4 reversed, 5 pending are told by the ledger itself.
CREATE INDEX submission_unsettled ON submission (person_id) WHERE person_id IS NOT NULL AND outcome > 5;

-- Hours that wait for recognition, and what became of them. closed_as: 1 recognised, 2 rejected,
-- 3 withdrawn, 4 corrected, 5 re-categorised, 6 held.
CREATE TABLE pending (
  person_id    INTEGER NOT NULL,
  batch_id     INTEGER NOT NULL,
  row_no       INTEGER NOT NULL,
  source_id    INTEGER NOT NULL,
  ext_key      TEXT    NOT NULL,
  revision     INTEGER NOT NULL,
  content_hash BLOB    NOT NULL,
  year         INTEGER NOT NULL,
  category     INTEGER NOT NULL CONSTRAINT pending_category_known CHECK (category BETWEEN 0 AND 3),
  hours        INTEGER NOT NULL CONSTRAINT pending_hours_positive CHECK (hours > 0),
  completed_on TEXT,
  attrs        TEXT    NOT NULL,
  jurisdiction TEXT,
  specialty    TEXT,
  known_at     INTEGER NOT NULL,
  closed_at    INTEGER,
  closed_as    INTEGER CONSTRAINT pending_closed_known CHECK (closed_as BETWEEN 1 AND 6),
  decision_id  INTEGER,
  entry_seq    INTEGER,
  CONSTRAINT pending_pk PRIMARY KEY (person_id, batch_id, row_no),
  CONSTRAINT pending_closed_whole CHECK ((closed_at IS NULL) = (closed_as IS NULL))
) STRICT, WITHOUT ROWID;

CREATE INDEX pending_queue ON pending (known_at, person_id, batch_id, row_no) WHERE closed_at IS NULL;

CREATE TRIGGER submission_no_update BEFORE UPDATE ON submission
BEGIN SELECT RAISE(ABORT, 'append_only: submission'); END;

CREATE TRIGGER submission_no_delete BEFORE DELETE ON submission
BEGIN SELECT RAISE(ABORT, 'append_only: submission'); END;

CREATE TRIGGER submission_no_replace BEFORE INSERT ON submission
WHEN EXISTS (SELECT 1 FROM submission WHERE batch_id = NEW.batch_id AND row_no = NEW.row_no)
BEGIN SELECT RAISE(ABORT, 'append_only: submission'); END;

-- A row that waits is closed, once; nothing else of it ever changes.
CREATE TRIGGER pending_no_update BEFORE UPDATE ON pending
WHEN OLD.closed_at IS NOT NULL OR NEW.closed_at IS NULL
  OR NEW.person_id IS NOT OLD.person_id
  OR NEW.batch_id IS NOT OLD.batch_id
  OR NEW.row_no IS NOT OLD.row_no
  OR NEW.source_id IS NOT OLD.source_id
  OR NEW.ext_key IS NOT OLD.ext_key
  OR NEW.revision IS NOT OLD.revision
  OR NEW.content_hash IS NOT OLD.content_hash
  OR NEW.year IS NOT OLD.year
  OR NEW.category IS NOT OLD.category
  OR NEW.hours IS NOT OLD.hours
  OR NEW.completed_on IS NOT OLD.completed_on
  OR NEW.attrs IS NOT OLD.attrs
  OR NEW.jurisdiction IS NOT OLD.jurisdiction
  OR NEW.specialty IS NOT OLD.specialty
  OR NEW.known_at IS NOT OLD.known_at
BEGIN SELECT RAISE(ABORT, 'append_only: pending'); END;

CREATE TRIGGER pending_no_delete BEFORE DELETE ON pending
BEGIN SELECT RAISE(ABORT, 'append_only: pending'); END;

CREATE TRIGGER pending_no_replace BEFORE INSERT ON pending
WHEN EXISTS (SELECT 1 FROM pending WHERE person_id = NEW.person_id AND batch_id = NEW.batch_id AND row_no = NEW.row_no)
BEGIN SELECT RAISE(ABORT, 'append_only: pending'); END;
