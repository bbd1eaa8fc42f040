-- +goose NO TRANSACTION

-- +goose Up
-- Up to this message the person's pages have the conversation. Constant defaults: nothing here rewrites a table. Nodes of
-- the release before neither read nor write any of this.
ALTER TABLE memberships ADD COLUMN IF NOT EXISTS delivered_seq bigint NOT NULL DEFAULT 0;
-- What a person lets others know, and knows of others.
ALTER TABLE users
    ADD COLUMN IF NOT EXISTS show_read   boolean NOT NULL DEFAULT true,
    ADD COLUMN IF NOT EXISTS show_typing boolean NOT NULL DEFAULT true,
    ADD COLUMN IF NOT EXISTS show_online boolean NOT NULL DEFAULT true;

-- When a person who shows it has read: the messages up to seq that no earlier row covers.
CREATE TABLE IF NOT EXISTS message_reads (
    conversation_id bigint NOT NULL,
    user_id         bigint NOT NULL,
    seq             bigint NOT NULL,
    read_at         timestamptz NOT NULL,
    PRIMARY KEY (conversation_id, user_id, seq)
);
