-- What is remembered of a feed from one run to the next. read_to: how far it was read, as its shape
-- says. header: the columns seen last. listed: the rows of the last whole listing. newest: the newest
-- change seen. stopped: the alarm that stopped it. accepted: the alarm that an operator lets pass once.
-- leader, lease_until: which process pulls it now.
CREATE TABLE feed (
  code         TEXT    NOT NULL CONSTRAINT feed_pk PRIMARY KEY,
  read_to      TEXT,
  header       TEXT,
  listed       INT8,
  newest       INT8,
  succeeded_at INT8,
  due_at       INT8    NOT NULL,
  failures     INT4    NOT NULL CONSTRAINT feed_failures_counted CHECK (failures >= 0),
  stopped      TEXT,
  stopped_at   INT8,
  accepted     TEXT,
  leader       TEXT    NOT NULL,
  lease_until  INT8    NOT NULL
);

-- What a batch that came from a feed was. work: 1 pull, 2 drop, 3 replay, 4 listing. phase: 1 fetching,
-- 2 taking, 3 ended.
CREATE TABLE feed_run (
  batch_id   INT8    NOT NULL CONSTRAINT feed_run_pk PRIMARY KEY,
  feed       TEXT    NOT NULL,
  work       INT2    NOT NULL CONSTRAINT feed_run_work_known CHECK (work BETWEEN 1 AND 4),
  phase      INT2    NOT NULL CONSTRAINT feed_run_phase_known CHECK (phase BETWEEN 1 AND 3),
  read_from  TEXT,
  read_to    TEXT,
  header     TEXT,
  listed     INT8,
  newest     INT8,
  alarm      TEXT
);

CREATE INDEX feed_run_of_feed ON feed_run (feed, batch_id);

-- A page or file of a run; its bytes are kept, sealed, in the data folder. taken_at: when its last row
-- had its outcome.
CREATE TABLE feed_page (
  batch_id    INT8    NOT NULL,
  page_no     INT8    NOT NULL,
  feed        TEXT    NOT NULL,
  name        TEXT    NOT NULL,
  fingerprint BYTEA   NOT NULL CONSTRAINT feed_page_fingerprint_length CHECK (octet_length(fingerprint) = 32),
  received_at INT8    NOT NULL,
  rows_in     INT8    NOT NULL,
  counts      TEXT    NOT NULL,
  taken_at    INT8,
  CONSTRAINT feed_page_pk PRIMARY KEY (batch_id, page_no)
);

CREATE INDEX feed_page_seen ON feed_page (feed, fingerprint);
