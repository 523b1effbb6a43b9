DROP TABLE difference;
DROP TABLE control_total;
DROP TABLE stated;
