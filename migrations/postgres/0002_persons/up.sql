-- known_at: the stamp of the last thing that the ledger learned of the person; writing it locks them.
-- sealed: identity number and name, under the person's data key. name_index: for comparing names.
CREATE TABLE person (
  person_id  INT8  NOT NULL CONSTRAINT person_pk PRIMARY KEY,
  known_at   INT8  NOT NULL,
  name_index BYTEA NOT NULL CONSTRAINT person_name_index_length CHECK (length(name_index) = 32),
  sealed     BYTEA NOT NULL,
  created_at INT8  NOT NULL
);

-- One or several identity numbers of a person, as blind indexes.
CREATE TABLE person_alias (
  number_index BYTEA NOT NULL CONSTRAINT person_alias_index_length CHECK (length(number_index) = 32),
  kind         INT2  NOT NULL,
  person_id    INT8  NOT NULL,
  CONSTRAINT person_alias_pk PRIMARY KEY (number_index, kind)
);

-- The person's data key, wrapped by a master key. Without it nothing sealed of the person opens: erasure.
CREATE TABLE person_key (
  person_id INT8  NOT NULL CONSTRAINT person_key_pk PRIMARY KEY,
  master    INT4  NOT NULL,
  wrapped   BYTEA
);
