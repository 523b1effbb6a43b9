-- What reviewers decided, append-only. sealed: reason and evidence, under the person's data key.
-- kind: 1 recognise, 2 reject, 3 re-categorise, 4 close a legacy year, 5 excuse a year, 6 reverse,
-- 7 propose an adjustment, 8 approve it, 9 decline it, 10 withdraw a decision, 11 answer a dispute,
-- 12 settle a difference.
CREATE TABLE decision (
  person_id    INT8  NOT NULL,
  decision_id  INT8  NOT NULL,
  kind         INT2  NOT NULL CONSTRAINT decision_kind_known CHECK (kind BETWEEN 1 AND 12),
  made_at      INT8  NOT NULL,
  issuer       TEXT  NOT NULL,
  subject      TEXT  NOT NULL,
  jurisdiction TEXT,
  year         INT2,
  category     INT2,
  hours        INT8,
  batch_id     INT8,
  row_no       INT8,
  entry_seq    INT8,
  about        INT8,
  sealed       BYTEA NOT NULL,
  CONSTRAINT decision_pk PRIMARY KEY (person_id, decision_id)
);

-- A proposal is answered once, a decision withdrawn once.
CREATE UNIQUE INDEX decision_answered_once ON decision (person_id, about) WHERE about IS NOT NULL;

-- What an individual objects to; place, category and specialty are those of the hours, for the reviewers
-- who answer for them.
CREATE TABLE dispute (
  person_id   INT8  NOT NULL,
  dispute_id  INT8  NOT NULL,
  made_at     INT8  NOT NULL,
  entry_seq   INT8,
  batch_id    INT8,
  row_no      INT8,
  jurisdiction TEXT,
  category    INT2,
  specialty   TEXT,
  sealed      BYTEA NOT NULL,
  CONSTRAINT dispute_pk PRIMARY KEY (person_id, dispute_id)
);

CREATE INDEX dispute_by_age ON dispute (made_at, dispute_id);

-- A verdict with everything needed to repeat it. sealed: question and answer.
CREATE TABLE receipt (
  receipt_id   INT8  NOT NULL CONSTRAINT receipt_pk PRIMARY KEY,
  person_id    INT8,
  issuer       TEXT  NOT NULL,
  subject      TEXT  NOT NULL,
  jurisdiction TEXT  NOT NULL,
  asked_at     INT8  NOT NULL,
  as_of        INT8  NOT NULL,
  head_seq     INT8  NOT NULL,
  head_hash    BYTEA NOT NULL CONSTRAINT receipt_head_hash_length CHECK (length(head_hash) = 32),
  sealed       BYTEA NOT NULL
);

CREATE TRIGGER decision_no_change BEFORE UPDATE OR DELETE ON decision
  FOR EACH ROW EXECUTE FUNCTION append_only();
CREATE TRIGGER decision_no_truncate BEFORE TRUNCATE ON decision
  FOR EACH STATEMENT EXECUTE FUNCTION append_only();
-- Also for a session that plays the replica.
ALTER TABLE decision ENABLE ALWAYS TRIGGER decision_no_change;
ALTER TABLE decision ENABLE ALWAYS TRIGGER decision_no_truncate;

CREATE TRIGGER receipt_no_change BEFORE UPDATE OR DELETE ON receipt
  FOR EACH ROW EXECUTE FUNCTION append_only();
CREATE TRIGGER receipt_no_truncate BEFORE TRUNCATE ON receipt
  FOR EACH STATEMENT EXECUTE FUNCTION append_only();
-- Also for a session that plays the replica.
ALTER TABLE receipt ENABLE ALWAYS TRIGGER receipt_no_change;
ALTER TABLE receipt ENABLE ALWAYS TRIGGER receipt_no_truncate;

CREATE TRIGGER dispute_no_change BEFORE UPDATE OR DELETE ON dispute
  FOR EACH ROW EXECUTE FUNCTION append_only();
CREATE TRIGGER dispute_no_truncate BEFORE TRUNCATE ON dispute
  FOR EACH STATEMENT EXECUTE FUNCTION append_only();
-- Also for a session that plays the replica.
ALTER TABLE dispute ENABLE ALWAYS TRIGGER dispute_no_change;
ALTER TABLE dispute ENABLE ALWAYS TRIGGER dispute_no_truncate;
