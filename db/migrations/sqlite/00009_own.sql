-- +goose Up
-- How many messages after the read position are the reader's own: they are never unread.
ALTER TABLE memberships ADD COLUMN own_after integer NOT NULL DEFAULT 0;
