-- +goose Up
-- A photo loses its location and camera data unless its sender sends it as a file.
ALTER TABLE uploads ADD COLUMN as_file boolean NOT NULL DEFAULT false;
-- The number of uploaded bytes, where it differs from the size; and whether a picture is animated.
ALTER TABLE attachments ADD COLUMN uploaded integer NOT NULL DEFAULT 0;
ALTER TABLE attachments ADD COLUMN animated boolean NOT NULL DEFAULT false;

-- The pictures of a person that still need previews.
CREATE INDEX attachments_pending ON attachments (owner_id, created_at) WHERE preview = 'pending';
