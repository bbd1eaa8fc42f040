-- +goose Up
-- How one person keeps a conversation; the other's side does not change.
ALTER TABLE memberships ADD COLUMN muted_until timestamp; -- in the year 9999 if it is muted for good
ALTER TABLE memberships ADD COLUMN pinned_at timestamp;
ALTER TABLE memberships ADD COLUMN archived_at timestamp;
ALTER TABLE memberships ADD COLUMN marked_unread boolean NOT NULL DEFAULT false; -- by the person, whatever they have read
