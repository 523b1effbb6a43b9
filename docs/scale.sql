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
DROP TRIGGER submission_no_change ON submission;
DROP TRIGGER submission_no_truncate ON submission;
DROP TRIGGER pending_no_change ON pending;
DROP TRIGGER pending_no_truncate ON pending;
DROP TRIGGER dispute_no_change ON dispute;
DROP TRIGGER dispute_no_truncate ON dispute;
DROP TRIGGER access_log_no_change ON access_log;
DROP TRIGGER access_log_no_truncate ON access_log;

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
CREATE TRIGGER submission_no_change BEFORE UPDATE OR DELETE ON submission
  FOR EACH ROW EXECUTE FUNCTION append_only();
CREATE TRIGGER pending_no_change BEFORE UPDATE OR DELETE ON pending
  FOR EACH ROW EXECUTE FUNCTION only_closed();
CREATE TRIGGER dispute_no_change BEFORE UPDATE OR DELETE ON dispute
  FOR EACH ROW EXECUTE FUNCTION append_only();
CREATE TRIGGER access_log_no_change BEFORE UPDATE OR DELETE ON access_log
  FOR EACH ROW EXECUTE FUNCTION append_only();

-- And privileges, against TRUNCATE too.
REVOKE UPDATE, DELETE, TRUNCATE ON entry, decision, receipt, submission, dispute, access_log FROM PUBLIC;
REVOKE UPDATE, DELETE, TRUNCATE ON entry, decision, receipt, submission, dispute, access_log FROM :role;
GRANT SELECT, INSERT ON entry, decision, receipt, submission, dispute, access_log TO :role;
REVOKE DELETE, TRUNCATE ON pending FROM PUBLIC;
REVOKE DELETE, TRUNCATE ON pending FROM :role;
