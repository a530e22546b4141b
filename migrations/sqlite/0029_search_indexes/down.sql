DELETE FROM schema_compatibility WHERE version = '0029';
DROP INDEX events_beside_subject;
DROP INDEX events_by_reference;
