-- Distributes an installation over Citus. Run once, on the coordinator, on a migrated and empty
-- database: psql "$URL" -v role=xueshi -f docs/scale.sql
\set ON_ERROR_STOP on
CREATE EXTENSION IF NOT EXISTS citus;

-- A table with triggers cannot be distributed.
DROP TRIGGER entry_no_change ON entry;
DROP TRIGGER entry_no_truncate ON entry;
DROP TRIGGER decision_no_change ON decision;
DROP TRIGGER decision_no_truncate ON decision;
DROP TRIGGER receipt_no_change ON receipt;
DROP TRIGGER receipt_no_truncate ON receipt;

SELECT create_reference_table('source');
SELECT create_reference_table('client');
SELECT create_reference_table('control_total');

SELECT create_distributed_table('person', 'person_id');
SELECT create_distributed_table('person_key', 'person_id', colocate_with => 'person');
SELECT create_distributed_table('entry', 'person_id', colocate_with => 'person');
SELECT create_distributed_table('balance', 'person_id', colocate_with => 'person');
SELECT create_distributed_table('pending', 'person_id', colocate_with => 'person');
SELECT create_distributed_table('decision', 'person_id', colocate_with => 'person');
SELECT create_distributed_table('dispute', 'person_id', colocate_with => 'person');

SELECT create_distributed_table('person_alias', 'number_index', colocate_with => 'none');
SELECT create_distributed_table('difference', 'person_id', colocate_with => 'person');
SELECT create_distributed_table('ext_ref', 'ext_key', colocate_with => 'none');
SELECT create_distributed_table('stated', 'ext_key', colocate_with => 'ext_ref');

SELECT create_distributed_table('batch', 'batch_id', colocate_with => 'none');
SELECT create_distributed_table('submission', 'batch_id', colocate_with => 'batch');

SELECT create_distributed_table('receipt', 'receipt_id', colocate_with => 'none');
SELECT create_distributed_table('idem_request', 'idem_key', colocate_with => 'none');
SELECT create_distributed_table('access_log', 'log_id', colocate_with => 'none');

-- The guards hold in each shard.
SET citus.enable_unsafe_triggers = on;
CREATE TRIGGER entry_no_change BEFORE UPDATE OR DELETE ON entry
  FOR EACH ROW EXECUTE FUNCTION append_only();
CREATE TRIGGER decision_no_change BEFORE UPDATE OR DELETE ON decision
  FOR EACH ROW EXECUTE FUNCTION append_only();
CREATE TRIGGER receipt_no_change BEFORE UPDATE OR DELETE ON receipt
  FOR EACH ROW EXECUTE FUNCTION append_only();

-- And privileges, against TRUNCATE too.
REVOKE UPDATE, DELETE, TRUNCATE ON entry, decision, receipt FROM PUBLIC;
REVOKE UPDATE, DELETE, TRUNCATE ON entry, decision, receipt FROM :role;
GRANT SELECT, INSERT ON entry, decision, receipt TO :role;
