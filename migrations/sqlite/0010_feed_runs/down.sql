DROP TABLE feed_count;
DROP INDEX feed_page_kept;
ALTER TABLE feed_page DROP COLUMN removed_at;
ALTER TABLE feed_run DROP COLUMN notices;
ALTER TABLE feed_run DROP COLUMN skipped;
