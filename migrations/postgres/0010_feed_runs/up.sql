-- What a run is to be told of besides its rows. skipped: rows that are none, such as sums. notices: codes
-- and arguments, as the inbox keeps them.
ALTER TABLE feed_run ADD COLUMN skipped INT8;
ALTER TABLE feed_run ADD COLUMN notices TEXT;

-- When the bytes of a page were removed because they were kept for long enough; its row stays.
ALTER TABLE feed_page ADD COLUMN removed_at INT8;

CREATE INDEX feed_page_kept ON feed_page (feed, received_at) WHERE removed_at IS NULL;

-- What runs came to, summed up with the end of each. what: 1 rows by outcome, 2 alarms by code, 3 runs
-- by what they did and how they ended.
CREATE TABLE feed_count (
  feed TEXT NOT NULL,
  what INT2 NOT NULL CONSTRAINT feed_count_what_known CHECK (what BETWEEN 1 AND 3),
  name TEXT NOT NULL,
  n    INT8 NOT NULL CONSTRAINT feed_count_counted CHECK (n >= 0),
  CONSTRAINT feed_count_pk PRIMARY KEY (feed, what, name)
);
