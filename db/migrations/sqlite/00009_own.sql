-- +goose Up
-- How many messages after the last one that was read are one's own: they are never unread.
ALTER TABLE memberships ADD COLUMN own_after integer NOT NULL DEFAULT 0;
