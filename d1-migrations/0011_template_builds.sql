-- Builds of the projects' templates: what the running one was seen to do, and how long those before took.

ALTER TABLE project ADD COLUMN template_packages TEXT NOT NULL DEFAULT '';    -- of the system's, that the last one was built with
ALTER TABLE project ADD COLUMN template_log TEXT NOT NULL DEFAULT '[]';       -- JSON: [Unix ms, stage], as each began
ALTER TABLE project ADD COLUMN template_log_read INTEGER NOT NULL DEFAULT 0;  -- lines of e2b's log that were read

CREATE TABLE template_build (
  build_id TEXT PRIMARY KEY,          -- e2b's
  took_ms  INTEGER NOT NULL,
  ended_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX template_build_ended ON template_build(ended_at);
