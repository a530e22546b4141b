ALTER TABLE calls DROP COLUMN storefront_id;
DROP TABLE event_types_seen;
DROP TABLE shop_apis;
DELETE FROM schema_compatibility WHERE version = '0007';
