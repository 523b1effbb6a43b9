-- Append-only. kind: 1 credit, 2 reversal, 3 replacement, 4 adjustment, 5 merge-in, 6 merge-out.
-- category: 0 professional, 1 industry, 2 general, 3 public. hours: hundredths.
CREATE TABLE entry (
  person_id    INT8  NOT NULL,
  seq          INT8  NOT NULL CONSTRAINT entry_seq_positive CHECK (seq > 0),
  kind         INT2  NOT NULL CONSTRAINT entry_kind_known CHECK (kind BETWEEN 1 AND 6),
  source_id    INT8  NOT NULL,
  ext_key      TEXT  NOT NULL,
  revision     INT4  NOT NULL CONSTRAINT entry_revision_positive CHECK (revision > 0),
  content_hash BYTEA NOT NULL CONSTRAINT entry_content_hash_length CHECK (length(content_hash) = 32),
  year         INT2  NOT NULL CONSTRAINT entry_year_range CHECK (year BETWEEN 1900 AND 2199),
  category     INT2  NOT NULL CONSTRAINT entry_category_known CHECK (category BETWEEN 0 AND 3),
  hours        INT8  NOT NULL CONSTRAINT entry_hours_not_zero CHECK (hours <> 0),
  completed_on DATE,
  recorded_at  INT8  NOT NULL,
  ref_seq      INT8  CONSTRAINT entry_ref_earlier CHECK (ref_seq < seq),
  batch_id     INT8  NOT NULL,
  row_no       INT8  NOT NULL,
  attrs        TEXT  NOT NULL,
  entry_hash   BYTEA NOT NULL CONSTRAINT entry_hash_length CHECK (length(entry_hash) = 32),
  CONSTRAINT entry_pk PRIMARY KEY (person_id, seq),
  CONSTRAINT entry_reversal_refers CHECK (kind <> 2 OR ref_seq IS NOT NULL)
);

CREATE UNIQUE INDEX entry_one_reversal ON entry (person_id, ref_seq) WHERE kind = 2;

-- What a key of a source was used for: permanent, claimed with its effect in one transaction.
CREATE TABLE ext_ref (
  ext_key      TEXT  NOT NULL,
  source_id    INT8  NOT NULL,
  revision     INT4  NOT NULL CONSTRAINT ext_ref_revision_positive CHECK (revision > 0),
  content_hash BYTEA NOT NULL CONSTRAINT ext_ref_content_hash_length CHECK (length(content_hash) = 32),
  person_id    INT8  NOT NULL,
  CONSTRAINT ext_ref_pk PRIMARY KEY (ext_key, source_id)
);

CREATE TABLE balance (
  person_id INT8  NOT NULL,
  year      INT2  NOT NULL,
  category  INT2  NOT NULL,
  hours     INT8  NOT NULL,
  n         INT8  NOT NULL CONSTRAINT balance_n_positive CHECK (n > 0),
  last_seq  INT8  NOT NULL,
  CONSTRAINT balance_pk PRIMARY KEY (person_id, year, category)
);

CREATE FUNCTION append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'append_only: %', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $$;

CREATE TRIGGER entry_no_change BEFORE UPDATE OR DELETE ON entry
  FOR EACH ROW EXECUTE FUNCTION append_only();
CREATE TRIGGER entry_no_truncate BEFORE TRUNCATE ON entry
  FOR EACH STATEMENT EXECUTE FUNCTION append_only();
-- Also for a session that plays the replica.
ALTER TABLE entry ENABLE ALWAYS TRIGGER entry_no_change;
ALTER TABLE entry ENABLE ALWAYS TRIGGER entry_no_truncate;
