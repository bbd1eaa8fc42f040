-- +goose Up
-- Up to this message all messages of the conversation have their words in message_tokens. Nodes of the release before
-- do not raise it: a job fills in what they leave out.
ALTER TABLE conversations ADD COLUMN tokens_seq integer NOT NULL DEFAULT 0;

-- The words of messages and of the names of their files as a search compares them, with a space between two.
CREATE TABLE message_tokens (
    conversation_id integer NOT NULL,
    seq             integer NOT NULL,
    sent_at         timestamp NOT NULL, -- created_at of the message
    tokens          text NOT NULL,
    PRIMARY KEY (conversation_id, seq)
);

-- The index of message_tokens. Its words carry their conversation, so that a search reads nothing of others.
CREATE VIRTUAL TABLE message_fts USING fts5(words, content='', contentless_delete=1, detail=none, tokenize="ascii tokenchars ':'");

-- +goose StatementBegin
CREATE TRIGGER message_tokens_added AFTER INSERT ON message_tokens BEGIN
    INSERT INTO message_fts (rowid, words)
    VALUES (new.conversation_id << 32 | new.seq, new.conversation_id || ':' || replace(new.tokens, ' ', ' ' || new.conversation_id || ':'));
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER message_tokens_changed AFTER UPDATE ON message_tokens BEGIN
    DELETE FROM message_fts WHERE rowid = old.conversation_id << 32 | old.seq;
    INSERT INTO message_fts (rowid, words)
    VALUES (new.conversation_id << 32 | new.seq, new.conversation_id || ':' || replace(new.tokens, ' ', ' ' || new.conversation_id || ':'));
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER message_tokens_removed AFTER DELETE ON message_tokens BEGIN
    DELETE FROM message_fts WHERE rowid = old.conversation_id << 32 | old.seq;
END;
-- +goose StatementEnd
