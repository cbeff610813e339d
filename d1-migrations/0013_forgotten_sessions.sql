-- Sessions whose rows are gone, with their project, their organization or the last account in it: what was said in one is in an
-- object of its own, and what its agent printed in the bucket, until the schedule has forgotten both.

CREATE TABLE work_session_gone (
  id      TEXT PRIMARY KEY,
  gone_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX work_session_gone_at ON work_session_gone(gone_at);

CREATE TRIGGER work_session_is_forgotten AFTER DELETE ON work_session
BEGIN
  INSERT INTO work_session_gone (id, gone_at) VALUES (OLD.id, unixepoch() * 1000);
END;
