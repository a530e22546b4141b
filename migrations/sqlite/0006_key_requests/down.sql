DELETE FROM schema_compatibility WHERE version = '0006';
DROP INDEX licenses_by_product;
DROP TABLE key_requests;
