-- +goose Up
-- Up to this message the person's pages have the conversation.
ALTER TABLE memberships ADD COLUMN delivered_seq integer NOT NULL DEFAULT 0;
-- What a person lets others know, and knows of others.
ALTER TABLE users ADD COLUMN show_read boolean NOT NULL DEFAULT true;
ALTER TABLE users ADD COLUMN show_typing boolean NOT NULL DEFAULT true;
ALTER TABLE users ADD COLUMN show_online boolean NOT NULL DEFAULT true;

-- When a person who shows it has read: the messages up to seq that no earlier row covers.
CREATE TABLE message_reads (
    conversation_id integer NOT NULL,
    user_id         integer NOT NULL,
    seq             integer NOT NULL,
    read_at         timestamp NOT NULL,
    PRIMARY KEY (conversation_id, user_id, seq)
);
