DROP TABLE client;
DROP TABLE source;
