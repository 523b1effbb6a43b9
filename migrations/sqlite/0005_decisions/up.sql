-- What reviewers decided, append-only. sealed: reason and evidence, under the person's data key.
-- kind: 1 recognise, 2 reject, 3 re-categorise, 4 close a legacy year, 5 excuse a year, 6 reverse,
-- 7 propose an adjustment, 8 approve it, 9 decline it, 10 withdraw a decision, 11 answer a dispute,
-- 12 settle a difference.
CREATE TABLE decision (
  person_id    INTEGER NOT NULL,
  decision_id  INTEGER NOT NULL,
  kind         INTEGER NOT NULL CONSTRAINT decision_kind_known CHECK (kind BETWEEN 1 AND 12),
  made_at      INTEGER NOT NULL,
  issuer       TEXT    NOT NULL,
  subject      TEXT    NOT NULL,
  jurisdiction TEXT,
  year         INTEGER,
  category     INTEGER,
  hours        INTEGER,
  batch_id     INTEGER,
  row_no       INTEGER,
  entry_seq    INTEGER,
  about        INTEGER,
  sealed       BLOB    NOT NULL,
  CONSTRAINT decision_pk PRIMARY KEY (person_id, decision_id)
) STRICT, WITHOUT ROWID;

-- A proposal is answered once, a decision withdrawn once.
CREATE UNIQUE INDEX decision_answered_once ON decision (person_id, about) WHERE about IS NOT NULL;

CREATE TRIGGER decision_no_update BEFORE UPDATE ON decision
BEGIN SELECT RAISE(ABORT, 'append_only: decision'); END;

CREATE TRIGGER decision_no_delete BEFORE DELETE ON decision
BEGIN SELECT RAISE(ABORT, 'append_only: decision'); END;

CREATE TRIGGER decision_no_replace BEFORE INSERT ON decision
WHEN EXISTS (SELECT 1 FROM decision
             WHERE person_id = NEW.person_id AND (decision_id = NEW.decision_id OR about = NEW.about))
BEGIN SELECT RAISE(ABORT, 'append_only: decision'); END;

-- What an individual objects to; place, category and specialty are those of the hours, for the reviewers
-- who answer for them.
CREATE TABLE dispute (
  person_id   INTEGER NOT NULL,
  dispute_id  INTEGER NOT NULL,
  made_at     INTEGER NOT NULL,
  entry_seq   INTEGER,
  batch_id    INTEGER,
  row_no      INTEGER,
  jurisdiction TEXT,
  category    INTEGER,
  specialty   TEXT,
  sealed      BLOB    NOT NULL,
  CONSTRAINT dispute_pk PRIMARY KEY (person_id, dispute_id)
) STRICT, WITHOUT ROWID;

CREATE INDEX dispute_by_age ON dispute (made_at, dispute_id);

-- A verdict with everything needed to repeat it. sealed: question and answer.
CREATE TABLE receipt (
  receipt_id   INTEGER NOT NULL CONSTRAINT receipt_pk PRIMARY KEY,
  person_id    INTEGER,
  issuer       TEXT    NOT NULL,
  subject      TEXT    NOT NULL,
  jurisdiction TEXT    NOT NULL,
  asked_at     INTEGER NOT NULL,
  as_of        INTEGER NOT NULL,
  head_seq     INTEGER NOT NULL,
  head_hash    BLOB    NOT NULL CONSTRAINT receipt_head_hash_length CHECK (length(head_hash) = 32),
  sealed       BLOB    NOT NULL
) STRICT;

CREATE TRIGGER receipt_no_update BEFORE UPDATE ON receipt
BEGIN SELECT RAISE(ABORT, 'append_only: receipt'); END;

CREATE TRIGGER receipt_no_delete BEFORE DELETE ON receipt
BEGIN SELECT RAISE(ABORT, 'append_only: receipt'); END;

CREATE TRIGGER receipt_no_replace BEFORE INSERT ON receipt
WHEN EXISTS (SELECT 1 FROM receipt WHERE receipt_id = NEW.receipt_id)
BEGIN SELECT RAISE(ABORT, 'append_only: receipt'); END;

CREATE TRIGGER dispute_no_update BEFORE UPDATE ON dispute
BEGIN SELECT RAISE(ABORT, 'append_only: dispute'); END;

CREATE TRIGGER dispute_no_delete BEFORE DELETE ON dispute
BEGIN SELECT RAISE(ABORT, 'append_only: dispute'); END;

CREATE TRIGGER dispute_no_replace BEFORE INSERT ON dispute
WHEN EXISTS (SELECT 1 FROM dispute WHERE person_id = NEW.person_id AND dispute_id = NEW.dispute_id)
BEGIN SELECT RAISE(ABORT, 'append_only: dispute'); END;
