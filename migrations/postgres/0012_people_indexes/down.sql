DELETE FROM schema_compatibility WHERE version = '0012';
DROP INDEX events_by_customer;
DROP INDEX licenses_by_customer;
DROP INDEX customers_by_time;
