-- +goose NO TRANSACTION

-- +goose Up
-- How many messages after the read position are the reader's own: they are never unread.
ALTER TABLE memberships ADD COLUMN IF NOT EXISTS own_after bigint NOT NULL DEFAULT 0;
