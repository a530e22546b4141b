DELETE FROM schema_compatibility WHERE version = '0024';
DROP TABLE outbox;
DROP TABLE devices;
DROP TABLE email_proofs;
ALTER TABLE users DROP COLUMN email_proved_at;
