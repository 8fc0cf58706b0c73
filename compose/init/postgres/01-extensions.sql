-- Runs once, when the data directory is created. Later changes belong to the application's migrations.
CREATE EXTENSION IF NOT EXISTS pgcrypto; -- digests and encryption
CREATE EXTENSION IF NOT EXISTS pg_trgm;  -- search by similarity
