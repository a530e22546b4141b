DROP TABLE remote_users;
DROP TABLE remembered;
DROP TABLE products_seen;
DROP TABLE mappings;
DROP TABLE storefronts;
DROP TABLE license_servers;
DELETE FROM schema_compatibility WHERE version = '0002';
