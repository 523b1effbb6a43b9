DROP TABLE access_log;
DROP TABLE idem_request;
