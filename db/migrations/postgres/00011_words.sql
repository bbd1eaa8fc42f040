-- +goose NO TRANSACTION

-- +goose Up
-- Up to this message all messages of the conversation have their words in message_tokens. Nodes of the release before
-- do not raise it: a job fills in what they leave out.
ALTER TABLE conversations ADD COLUMN IF NOT EXISTS tokens_seq bigint NOT NULL DEFAULT 0;

-- The words of messages and of the names of their files as a search compares them, with a space between two.
CREATE TABLE IF NOT EXISTS message_tokens (
    conversation_id bigint NOT NULL,
    seq             bigint NOT NULL,
    sent_at         timestamptz NOT NULL, -- created_at of the message
    tokens          text NOT NULL,
    PRIMARY KEY (conversation_id, seq)
);

-- The words carry their conversation, so that a search reads nothing of others, and needs no extension that could be
-- missing. Without a list of pending words, which some unlucky batch of messages would have to sort in, and every search
-- to read. An interrupted migration may leave an invalid index.
DROP INDEX CONCURRENTLY IF EXISTS message_tokens_words;
CREATE INDEX CONCURRENTLY message_tokens_words ON message_tokens USING gin (
    array_to_tsvector(string_to_array(conversation_id::text || ':' || replace(tokens, ' ', ' ' || conversation_id::text || ':'), ' '))
) WITH (fastupdate = off);
