DROP TABLE balance;
DROP TABLE ext_ref;
DROP TABLE entry;
