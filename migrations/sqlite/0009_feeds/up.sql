-- What is remembered of a feed from one run to the next. read_to: how far it was read, as its shape
-- says. header: the columns seen last. listed: the rows of the last whole listing. newest: the newest
-- change seen. stopped: the alarm that stopped it. accepted: the alarm that an operator lets pass once.
-- leader, lease_until: which process pulls it now.
CREATE TABLE feed (
  code         TEXT    NOT NULL CONSTRAINT feed_pk PRIMARY KEY,
  read_to      TEXT,
  header       TEXT,
  listed       INTEGER,
  newest       INTEGER,
  succeeded_at INTEGER,
  due_at       INTEGER NOT NULL,
  failures     INTEGER NOT NULL CONSTRAINT feed_failures_counted CHECK (failures >= 0),
  stopped      TEXT,
  stopped_at   INTEGER,
  accepted     TEXT,
  leader       TEXT    NOT NULL,
  lease_until  INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- What a batch that came from a feed was. work: 1 pull, 2 drop, 3 replay, 4 listing. phase: 1 fetching,
-- 2 taking, 3 ended.
CREATE TABLE feed_run (
  batch_id   INTEGER NOT NULL CONSTRAINT feed_run_pk PRIMARY KEY,
  feed       TEXT    NOT NULL,
  work       INTEGER NOT NULL CONSTRAINT feed_run_work_known CHECK (work BETWEEN 1 AND 4),
  phase      INTEGER NOT NULL CONSTRAINT feed_run_phase_known CHECK (phase BETWEEN 1 AND 3),
  read_from  TEXT,
  read_to    TEXT,
  header     TEXT,
  listed     INTEGER,
  newest     INTEGER,
  alarm      TEXT
) STRICT;

CREATE INDEX feed_run_of_feed ON feed_run (feed, batch_id);

-- A page or file of a run; its bytes are kept, sealed, in the data folder. taken_at: when its last row
-- had its outcome.
CREATE TABLE feed_page (
  batch_id    INTEGER NOT NULL,
  page_no     INTEGER NOT NULL,
  feed        TEXT    NOT NULL,
  name        TEXT    NOT NULL,
  fingerprint BLOB    NOT NULL CONSTRAINT feed_page_fingerprint_length CHECK (length(fingerprint) = 32),
  received_at INTEGER NOT NULL,
  rows_in     INTEGER NOT NULL,
  counts      TEXT    NOT NULL,
  taken_at    INTEGER,
  CONSTRAINT feed_page_pk PRIMARY KEY (batch_id, page_no)
) STRICT, WITHOUT ROWID;

CREATE INDEX feed_page_seen ON feed_page (feed, fingerprint);
