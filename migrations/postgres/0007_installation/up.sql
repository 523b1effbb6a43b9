-- What this installation is: the fingerprint of the key by which people are found, the newest master
-- key that was in use, the rotation that is under way.
CREATE TABLE installation (
  name  TEXT NOT NULL CONSTRAINT installation_pk PRIMARY KEY,
  value TEXT NOT NULL
);
