-- When an order last carried a key of a product that another generator at the shop had made; null = never.
ALTER TABLE products_seen ADD COLUMN shop_key_at timestamptz;

INSERT INTO schema_compatibility (version, oldest_that_can_run) VALUES ('0013', '0012');
