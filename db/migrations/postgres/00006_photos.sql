-- +goose NO TRANSACTION

-- +goose Up
-- A photo loses the place and the camera unless its sender says that it is to stay as it is.
ALTER TABLE uploads ADD COLUMN IF NOT EXISTS as_file boolean NOT NULL DEFAULT false;
-- How many bytes came, where that is not the size; and a picture that moves.
ALTER TABLE attachments ADD COLUMN IF NOT EXISTS uploaded bigint NOT NULL DEFAULT 0;
ALTER TABLE attachments ADD COLUMN IF NOT EXISTS animated boolean NOT NULL DEFAULT false;

-- Which pictures of a person are to be made smaller. Built while people go on writing.
DROP INDEX CONCURRENTLY IF EXISTS attachments_pending;
CREATE INDEX CONCURRENTLY attachments_pending ON attachments (owner_id, created_at) WHERE preview = 'pending';
