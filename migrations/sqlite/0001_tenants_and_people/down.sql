DROP TABLE audit;
DROP TABLE api_tokens;
DROP TABLE sessions;
DROP TABLE memberships;
DROP TABLE users;
DROP TABLE tenant_keys;
DROP TABLE tenants;
DROP TABLE schema_compatibility;
