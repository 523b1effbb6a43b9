DROP TABLE pending;
DROP TABLE submission;
DROP TABLE batch;
