-- Sessions go with their project or organization. What they have beside the database (an object, pictures, transcripts) is
-- deleted by the schedule, which finds their names here.

CREATE TABLE deleted_work_session (
  id TEXT PRIMARY KEY
) STRICT, WITHOUT ROWID;

CREATE TRIGGER work_session_deleted AFTER DELETE ON work_session
BEGIN
  INSERT INTO deleted_work_session (id) VALUES (old.id) ON CONFLICT DO NOTHING;
END;
