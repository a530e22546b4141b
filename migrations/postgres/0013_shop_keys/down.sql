ALTER TABLE products_seen DROP COLUMN shop_key_at;
DELETE FROM schema_compatibility WHERE version = '0013';
