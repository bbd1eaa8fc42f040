-- +goose NO TRANSACTION

-- +goose Up
-- What can happen to a message after it was sent. Constant defaults: nothing here rewrites a table or holds a lock
-- for longer than a moment. Nodes of the release before insert messages without these columns.
ALTER TABLE messages
    ADD COLUMN IF NOT EXISTS reply_seq  bigint NOT NULL DEFAULT 0,        -- the message that this one answers
    ADD COLUMN IF NOT EXISTS forwarded  boolean NOT NULL DEFAULT false,
    ADD COLUMN IF NOT EXISTS notice     text NOT NULL DEFAULT '',         -- what happened, if the row is no message: 'timer'
    ADD COLUMN IF NOT EXISTS reacted    smallint NOT NULL DEFAULT 0,      -- how many reactions it has
    ADD COLUMN IF NOT EXISTS expires_at timestamptz;
-- How long later messages stay, in seconds; 0 is forever.
ALTER TABLE conversations ADD COLUMN IF NOT EXISTS timer bigint NOT NULL DEFAULT 0;
-- The last message that is gone for this person, or will be by itself. Up to it, unread messages must be counted.
ALTER TABLE memberships ADD COLUMN IF NOT EXISTS gone_seq bigint NOT NULL DEFAULT 0;

-- The bodies that edits replaced.
CREATE TABLE IF NOT EXISTS message_edits (
    conversation_id bigint NOT NULL,
    seq             bigint NOT NULL,
    rev             bigint NOT NULL, -- of the message with this body
    body            text NOT NULL,
    written_at      timestamptz NOT NULL,
    PRIMARY KEY (conversation_id, seq, rev)
);

CREATE TABLE IF NOT EXISTS reactions (
    conversation_id bigint NOT NULL,
    seq             bigint NOT NULL,
    user_id         bigint NOT NULL,
    emoji           text NOT NULL,
    reacted_at      timestamptz NOT NULL,
    PRIMARY KEY (conversation_id, seq, user_id)
);

-- What one person alone has done to a message: hidden or saved it. rev is the conversation's revision of the last
-- such change, so that the person's other pages find it; rows stay when both are undone.
CREATE TABLE IF NOT EXISTS message_marks (
    user_id         bigint NOT NULL,
    conversation_id bigint NOT NULL,
    seq             bigint NOT NULL,
    rev             bigint NOT NULL,
    hidden          boolean NOT NULL DEFAULT false,
    saved_at        timestamptz,
    PRIMARY KEY (user_id, conversation_id, seq)
);
CREATE INDEX IF NOT EXISTS message_marks_rev ON message_marks (user_id, conversation_id, rev);
CREATE INDEX IF NOT EXISTS message_marks_saved ON message_marks (user_id, saved_at, conversation_id, seq) WHERE saved_at IS NOT NULL;

-- An interrupted migration may leave invalid indexes.
DROP INDEX CONCURRENTLY IF EXISTS messages_gone;
CREATE INDEX CONCURRENTLY messages_gone ON messages (conversation_id, seq) WHERE deleted_at IS NOT NULL OR expires_at IS NOT NULL;
DROP INDEX CONCURRENTLY IF EXISTS messages_expires;
CREATE INDEX CONCURRENTLY messages_expires ON messages (expires_at) WHERE expires_at IS NOT NULL AND deleted_at IS NULL;
DROP INDEX CONCURRENTLY IF EXISTS messages_reply;
CREATE INDEX CONCURRENTLY messages_reply ON messages (conversation_id, reply_seq) WHERE reply_seq > 0;
