-- +goose NO TRANSACTION

-- +goose Up
-- A photo loses its location and camera data unless its sender sends it as a file.
ALTER TABLE uploads ADD COLUMN IF NOT EXISTS as_file boolean NOT NULL DEFAULT false;
-- The number of uploaded bytes, where it differs from the size; and whether a picture is animated.
ALTER TABLE attachments ADD COLUMN IF NOT EXISTS uploaded bigint NOT NULL DEFAULT 0;
ALTER TABLE attachments ADD COLUMN IF NOT EXISTS animated boolean NOT NULL DEFAULT false;

-- The pictures of a person that still need previews. Built concurrently, without blocking writes.
DROP INDEX CONCURRENTLY IF EXISTS attachments_pending;
CREATE INDEX CONCURRENTLY attachments_pending ON attachments (owner_id, created_at) WHERE preview = 'pending';
