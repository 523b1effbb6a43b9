-- Append-only. kind: 1 credit, 2 reversal, 3 replacement, 4 adjustment, 5 merge-in, 6 merge-out.
-- category: 0 professional, 1 industry, 2 general, 3 public. hours: hundredths.
CREATE TABLE entry (
  person_id    INTEGER NOT NULL,
  seq          INTEGER NOT NULL CONSTRAINT entry_seq_positive CHECK (seq > 0),
  kind         INTEGER NOT NULL CONSTRAINT entry_kind_known CHECK (kind BETWEEN 1 AND 6),
  source_id    INTEGER NOT NULL,
  ext_key      TEXT    NOT NULL,
  revision     INTEGER NOT NULL CONSTRAINT entry_revision_positive CHECK (revision > 0),
  content_hash BLOB    NOT NULL CONSTRAINT entry_content_hash_length CHECK (length(content_hash) = 32),
  year         INTEGER NOT NULL CONSTRAINT entry_year_range CHECK (year BETWEEN 1900 AND 2199),
  category     INTEGER NOT NULL CONSTRAINT entry_category_known CHECK (category BETWEEN 0 AND 3),
  hours        INTEGER NOT NULL CONSTRAINT entry_hours_not_zero CHECK (hours <> 0),
  completed_on TEXT,
  recorded_at  INTEGER NOT NULL,
  ref_seq      INTEGER CONSTRAINT entry_ref_earlier CHECK (ref_seq < seq),
  batch_id     INTEGER NOT NULL,
  row_no       INTEGER NOT NULL,
  attrs        TEXT    NOT NULL,
  entry_hash   BLOB    NOT NULL CONSTRAINT entry_hash_length CHECK (length(entry_hash) = 32),
  CONSTRAINT entry_pk PRIMARY KEY (person_id, seq),
  CONSTRAINT entry_reversal_refers CHECK (kind <> 2 OR ref_seq IS NOT NULL)
) STRICT, WITHOUT ROWID;

CREATE UNIQUE INDEX entry_one_reversal ON entry (person_id, ref_seq) WHERE kind = 2;

CREATE TRIGGER entry_no_update BEFORE UPDATE ON entry
BEGIN SELECT RAISE(ABORT, 'append_only: entry'); END;

CREATE TRIGGER entry_no_delete BEFORE DELETE ON entry
BEGIN SELECT RAISE(ABORT, 'append_only: entry'); END;

-- INSERT OR REPLACE would delete without firing the trigger above, where recursive_triggers is off.
CREATE TRIGGER entry_no_replace BEFORE INSERT ON entry
WHEN EXISTS (SELECT 1 FROM entry WHERE person_id = NEW.person_id AND seq = NEW.seq)
  OR (NEW.kind = 2 AND EXISTS
      (SELECT 1 FROM entry WHERE person_id = NEW.person_id AND ref_seq = NEW.ref_seq AND kind = 2))
BEGIN SELECT RAISE(ABORT, 'append_only: entry'); END;

-- What a key of a source was used for: permanent, claimed with its effect in one transaction.
CREATE TABLE ext_ref (
  ext_key      TEXT    NOT NULL,
  source_id    INTEGER NOT NULL,
  revision     INTEGER NOT NULL CONSTRAINT ext_ref_revision_positive CHECK (revision > 0),
  content_hash BLOB    NOT NULL CONSTRAINT ext_ref_content_hash_length CHECK (length(content_hash) = 32),
  person_id    INTEGER NOT NULL,
  CONSTRAINT ext_ref_pk PRIMARY KEY (ext_key, source_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE balance (
  person_id INTEGER NOT NULL,
  year      INTEGER NOT NULL,
  category  INTEGER NOT NULL,
  hours     INTEGER NOT NULL,
  n         INTEGER NOT NULL CONSTRAINT balance_n_positive CHECK (n > 0),
  last_seq  INTEGER NOT NULL,
  CONSTRAINT balance_pk PRIMARY KEY (person_id, year, category)
) STRICT, WITHOUT ROWID;
