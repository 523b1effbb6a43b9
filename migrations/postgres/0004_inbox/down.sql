DROP TABLE pending;
DROP TABLE submission;
DROP FUNCTION only_closed;
DROP TABLE batch;
