-- +goose NO TRANSACTION
-- +goose Up
-- Names as a search compares them. A job fills the column in small steps; name_key stays for nodes of the
-- release before, which go on searching by it. Nothing here holds a lock for longer than a moment.
ALTER TABLE users ADD COLUMN IF NOT EXISTS search_key text NOT NULL DEFAULT '';
-- An interrupted migration may leave an invalid index.
DROP INDEX CONCURRENTLY IF EXISTS users_search_trgm;
CREATE INDEX CONCURRENTLY users_search_trgm ON users USING gin (search_key gin_trgm_ops);
