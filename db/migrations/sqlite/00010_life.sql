-- +goose Up
-- What can happen to a message after it was sent.
ALTER TABLE messages ADD COLUMN reply_seq integer NOT NULL DEFAULT 0; -- the message that this one answers
ALTER TABLE messages ADD COLUMN forwarded boolean NOT NULL DEFAULT false;
ALTER TABLE messages ADD COLUMN notice text NOT NULL DEFAULT ''; -- what happened, if the row is no message: 'timer'
ALTER TABLE messages ADD COLUMN reacted integer NOT NULL DEFAULT 0; -- how many reactions it has
ALTER TABLE messages ADD COLUMN expires_at timestamp;
-- How long later messages stay, in seconds; 0 is forever.
ALTER TABLE conversations ADD COLUMN timer integer NOT NULL DEFAULT 0;
-- The last message that is gone for this person, or will be by itself. Up to it, unread messages must be counted.
ALTER TABLE memberships ADD COLUMN gone_seq integer NOT NULL DEFAULT 0;

-- The bodies that edits replaced.
CREATE TABLE message_edits (
    conversation_id integer NOT NULL,
    seq             integer NOT NULL,
    rev             integer NOT NULL, -- of the message with this body
    body            text NOT NULL,
    written_at      timestamp NOT NULL,
    PRIMARY KEY (conversation_id, seq, rev)
);

CREATE TABLE reactions (
    conversation_id integer NOT NULL,
    seq             integer NOT NULL,
    user_id         integer NOT NULL,
    emoji           text NOT NULL,
    reacted_at      timestamp NOT NULL,
    PRIMARY KEY (conversation_id, seq, user_id)
);

-- What one person alone has done to a message: hidden or saved it. rev is the conversation's revision of the last
-- such change, so that the person's other pages find it; rows stay when both are undone.
CREATE TABLE message_marks (
    user_id         integer NOT NULL,
    conversation_id integer NOT NULL,
    seq             integer NOT NULL,
    rev             integer NOT NULL,
    hidden          boolean NOT NULL DEFAULT false,
    saved_at        timestamp,
    PRIMARY KEY (user_id, conversation_id, seq)
);
CREATE INDEX message_marks_rev ON message_marks (user_id, conversation_id, rev);
CREATE INDEX message_marks_saved ON message_marks (user_id, saved_at, conversation_id, seq) WHERE saved_at IS NOT NULL;

CREATE INDEX messages_gone ON messages (conversation_id, seq) WHERE deleted_at IS NOT NULL OR expires_at IS NOT NULL;
CREATE INDEX messages_expires ON messages (expires_at) WHERE expires_at IS NOT NULL AND deleted_at IS NULL;
CREATE INDEX messages_reply ON messages (conversation_id, reply_seq) WHERE reply_seq > 0;
