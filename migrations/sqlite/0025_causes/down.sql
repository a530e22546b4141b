DELETE FROM schema_compatibility WHERE version = '0025';
DROP INDEX events_by_cause;
DROP TRIGGER cause_counts_delete;
DROP TRIGGER cause_counts_enter;
DROP TRIGGER cause_counts_leave;
DROP TRIGGER cause_counts_insert;
DROP TABLE cause_counts;
ALTER TABLE events DROP COLUMN words_sealed;
