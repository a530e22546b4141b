DROP TABLE calls;
DROP TABLE effects;
DROP TABLE licenses;
DROP TABLE customer_terms;
DROP TABLE customers;
DROP TABLE subscriptions;
DROP TABLE order_subscriptions;
DROP TABLE orders;
DELETE FROM schema_compatibility WHERE version = '0004';
