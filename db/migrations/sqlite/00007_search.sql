-- +goose Up
-- Names as a search compares them. A job fills the column in small steps.
ALTER TABLE users ADD COLUMN search_key text NOT NULL DEFAULT '';
CREATE INDEX users_search ON users (search_key);
