DROP TABLE balance;
DROP TABLE ext_ref;
DROP TABLE entry;
DROP FUNCTION append_only;
