-- +goose NO TRANSACTION

-- +goose Up
-- Where a browser is told of messages while no page is open. It belongs to a session and ends with it, also where a node
-- of the release before ends the session.
CREATE TABLE IF NOT EXISTS push_subscriptions (
    session_id bigint PRIMARY KEY REFERENCES sessions (id) ON DELETE CASCADE,
    user_id    bigint NOT NULL, -- of the session
    endpoint   text NOT NULL,
    p256dh     text NOT NULL, -- the browser's public key, base64url
    auth       text NOT NULL, -- its secret, base64url
    created_at timestamptz NOT NULL
);
CREATE INDEX IF NOT EXISTS push_subscriptions_user ON push_subscriptions (user_id);
CREATE INDEX IF NOT EXISTS push_subscriptions_endpoint ON push_subscriptions (endpoint);

-- Constant defaults: nothing here rewrites a table or holds a lock for longer than a moment.
ALTER TABLE users
    ADD COLUMN IF NOT EXISTS sound        boolean NOT NULL DEFAULT true,
    ADD COLUMN IF NOT EXISTS push_text    boolean NOT NULL DEFAULT true, -- notifications hold the text of messages
    ADD COLUMN IF NOT EXISTS quiet_from   smallint NOT NULL DEFAULT 0,   -- minutes of the day in quiet_zone;
    ADD COLUMN IF NOT EXISTS quiet_until  smallint NOT NULL DEFAULT 0,   -- the same as quiet_from: no quiet hours
    ADD COLUMN IF NOT EXISTS quiet_zone   text NOT NULL DEFAULT '',
    ADD COLUMN IF NOT EXISTS digest_hours smallint NOT NULL DEFAULT 0,   -- after how long unread messages are mailed; 0 is never
    ADD COLUMN IF NOT EXISTS digested_at  timestamptz;                   -- up to when a digest has told of messages
