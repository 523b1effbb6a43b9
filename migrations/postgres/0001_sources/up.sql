-- A source vouches for hours. recognises: one bit per category (1 professional, 2 industry, 4 general,
-- 8 public unsplit) that is posted on arrival; all others wait for the competent authority.
-- rank: of two sources that tell of one event, the lower one is kept.
CREATE TABLE source (
  source_id    INT8  NOT NULL CONSTRAINT source_pk PRIMARY KEY,
  code         TEXT  NOT NULL CONSTRAINT source_code_unique UNIQUE,
  name_zh      TEXT  NOT NULL,
  name_en      TEXT  NOT NULL,
  jurisdiction TEXT  CONSTRAINT source_jurisdiction_code CHECK (length(jurisdiction) = 6),
  recognises   INT2  NOT NULL CONSTRAINT source_recognises_mask CHECK (recognises BETWEEN 0 AND 15),
  rank         INT2  NOT NULL CONSTRAINT source_rank_range CHECK (rank BETWEEN 1 AND 1000),
  active       BOOL  NOT NULL,
  created_at   INT8  NOT NULL
);

-- Who may post for which source.
CREATE TABLE client (
  issuer     TEXT  NOT NULL,
  subject    TEXT  NOT NULL,
  source_id  INT8  NOT NULL CONSTRAINT client_source REFERENCES source (source_id),
  active     BOOL  NOT NULL,
  created_at INT8  NOT NULL,
  CONSTRAINT client_pk PRIMARY KEY (issuer, subject, source_id)
);
