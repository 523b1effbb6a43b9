-- What a feed says now of each record; the ledger beside it stays append-only. person_id: 0 = nobody yet.
-- standing: 1 received, 2 reviewing, 3 recognised, 4 rejected, 5 withdrawn. digest: of the statement that
-- stands; refused: of the newest one that could not be taken. year … attrs: absent where nothing but the key
-- was said. state: 1 posted, 2 waits, 3 nothing of it counts or waits, 4 held. kept_…: the record that is
-- kept in its place. run_id: the batch that last saw it. Rows of providers stand here only once they were held.
CREATE TABLE stated (
  ext_key      TEXT    NOT NULL,
  source_id    INTEGER NOT NULL,
  person_id    INTEGER NOT NULL,
  version      INTEGER NOT NULL,
  standing     INTEGER NOT NULL CONSTRAINT stated_standing_known CHECK (standing BETWEEN 1 AND 5),
  digest       BLOB    NOT NULL CONSTRAINT stated_digest_length CHECK (length(digest) = 32),
  refused      BLOB    CONSTRAINT stated_refused_length CHECK (length(refused) = 32),
  revision     INTEGER NOT NULL CONSTRAINT stated_revision_positive CHECK (revision > 0),
  year         INTEGER,
  category     INTEGER CONSTRAINT stated_category_known CHECK (category BETWEEN 0 AND 3),
  hours        INTEGER CONSTRAINT stated_hours_positive CHECK (hours > 0),
  completed_on TEXT,
  started_on   TEXT,
  attrs        TEXT,
  state        INTEGER NOT NULL CONSTRAINT stated_state_known CHECK (state BETWEEN 1 AND 4),
  kept_source  INTEGER,
  kept_key     TEXT,
  score        INTEGER,
  parts        TEXT,
  batch_id     INTEGER NOT NULL,
  row_no       INTEGER NOT NULL,
  since        INTEGER NOT NULL,
  run_id       INTEGER NOT NULL,
  bucket       INTEGER NOT NULL CONSTRAINT stated_bucket_range CHECK (bucket BETWEEN 0 AND 63),
  CONSTRAINT stated_pk PRIMARY KEY (ext_key, source_id),
  CONSTRAINT stated_kept_whole CHECK ((kept_source IS NULL) = (kept_key IS NULL)),
  CONSTRAINT stated_posting_whole CHECK ((year IS NULL) = (hours IS NULL) AND (year IS NULL) = (category IS NULL)
    AND (year IS NULL) = (attrs IS NULL))
) STRICT, WITHOUT ROWID;

CREATE INDEX stated_by_person ON stated (person_id);
CREATE INDEX stated_by_bucket ON stated (source_id, year, category, bucket);

-- Sums over what a source says is recognised, kept with every change. digest: the sum, modulo 2^128, of
-- the first halves of SHA-256 of each record.
CREATE TABLE control_total (
  source_id INTEGER NOT NULL,
  year      INTEGER NOT NULL,
  category  INTEGER NOT NULL,
  bucket    INTEGER NOT NULL,
  n         INTEGER NOT NULL CONSTRAINT control_total_n_whole CHECK (n >= 0),
  hours     INTEGER NOT NULL CONSTRAINT control_total_hours_whole CHECK (hours >= 0),
  digest    BLOB    NOT NULL CONSTRAINT control_total_digest_length CHECK (length(digest) = 16),
  CONSTRAINT control_total_pk PRIMARY KEY (source_id, year, category, bucket)
) STRICT, WITHOUT ROWID;

-- Where a source and the ledger, or two sources, do not agree. person_id: 0 = nobody who is known.
-- kind: 1 duplicate, 2 missing here, 3 missing there, 4 differs, 5 sums differ, 6 year basis,
-- 7 contradicts a decision. subject: what it is about; the same one opens again only after it went away.
-- closed_as: 1 post, 2 reverse, 3 replace, 4 ignore, 5 it went away or a rule settles it. year … attrs:
-- what would count; entry_seq: the entry that is in doubt.
CREATE TABLE difference (
  person_id     INTEGER NOT NULL,
  difference_id INTEGER NOT NULL,
  kind          INTEGER NOT NULL CONSTRAINT difference_kind_known CHECK (kind BETWEEN 1 AND 7),
  subject       BLOB    NOT NULL CONSTRAINT difference_subject_length CHECK (length(subject) = 32),
  source_id     INTEGER NOT NULL,
  ext_key       TEXT    NOT NULL,
  other_source  INTEGER,
  other_key     TEXT,
  score         INTEGER,
  parts         TEXT    NOT NULL,
  year          INTEGER,
  category      INTEGER CONSTRAINT difference_category_known CHECK (category BETWEEN 0 AND 3),
  hours         INTEGER,
  completed_on  TEXT,
  attrs         TEXT,
  entry_seq     INTEGER,
  jurisdiction  TEXT,
  specialty     TEXT,
  opened_at     INTEGER NOT NULL,
  closed_at     INTEGER,
  closed_as     INTEGER CONSTRAINT difference_closed_known CHECK (closed_as BETWEEN 1 AND 5),
  decision_id   INTEGER,
  CONSTRAINT difference_pk PRIMARY KEY (person_id, difference_id),
  CONSTRAINT difference_closed_whole CHECK ((closed_at IS NULL) = (closed_as IS NULL))
) STRICT, WITHOUT ROWID;

CREATE INDEX difference_queue ON difference (opened_at, person_id, difference_id) WHERE closed_at IS NULL;
