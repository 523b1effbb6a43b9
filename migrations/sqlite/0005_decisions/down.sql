DROP TABLE receipt;
DROP TABLE dispute;
DROP TABLE decision;
