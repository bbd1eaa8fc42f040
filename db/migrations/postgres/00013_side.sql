-- +goose NO TRANSACTION

-- +goose Up
-- How one person keeps a conversation; the other's side does not change. Constant defaults: nothing here rewrites a
-- table or holds a lock for longer than a moment. Nodes of the release before leave these columns as they are.
ALTER TABLE memberships
    ADD COLUMN IF NOT EXISTS muted_until   timestamptz,                    -- in the year 9999 if it is muted for good
    ADD COLUMN IF NOT EXISTS pinned_at     timestamptz,
    ADD COLUMN IF NOT EXISTS archived_at   timestamptz,
    ADD COLUMN IF NOT EXISTS marked_unread boolean NOT NULL DEFAULT false; -- by the person, whatever they have read
