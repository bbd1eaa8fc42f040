-- +goose Up
-- Where a browser is told of messages while no page is open. It belongs to a session and ends with it.
CREATE TABLE push_subscriptions (
    session_id integer PRIMARY KEY REFERENCES sessions (id) ON DELETE CASCADE,
    user_id    integer NOT NULL, -- of the session
    endpoint   text NOT NULL,
    p256dh     text NOT NULL, -- the browser's public key, base64url
    auth       text NOT NULL, -- its secret, base64url
    created_at timestamp NOT NULL
);
CREATE INDEX push_subscriptions_user ON push_subscriptions (user_id);
CREATE INDEX push_subscriptions_endpoint ON push_subscriptions (endpoint);

ALTER TABLE users ADD COLUMN sound boolean NOT NULL DEFAULT true;
ALTER TABLE users ADD COLUMN push_text boolean NOT NULL DEFAULT true; -- notifications hold the text of messages
ALTER TABLE users ADD COLUMN quiet_from integer NOT NULL DEFAULT 0; -- minutes of the day in quiet_zone;
ALTER TABLE users ADD COLUMN quiet_until integer NOT NULL DEFAULT 0; -- the same as quiet_from: no quiet hours
ALTER TABLE users ADD COLUMN quiet_zone text NOT NULL DEFAULT '';
ALTER TABLE users ADD COLUMN digest_hours integer NOT NULL DEFAULT 0; -- after how long unread messages are mailed; 0 is never
ALTER TABLE users ADD COLUMN digested_at timestamp; -- up to when a digest has told of messages
