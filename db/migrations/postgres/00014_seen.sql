-- +goose Up
-- When a person who shows it was last there, to the minute.
ALTER TABLE users ADD COLUMN last_seen_at timestamptz;
