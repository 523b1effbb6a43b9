DROP TABLE person_key;
DROP TABLE person_alias;
DROP TABLE person;
