DELETE FROM schema_compatibility WHERE version = '0026';
DROP TABLE shown_once;
DROP TABLE older_secrets;
