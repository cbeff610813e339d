-- Sessions at work: what calls under way may still cost, and how long things took.

ALTER TABLE work_session ADD COLUMN held INTEGER NOT NULL DEFAULT 0;   -- micro-dollars set aside for calls under way

CREATE INDEX work_session_month ON work_session(organization_id, started_at);
CREATE INDEX work_session_of_user ON work_session(user_id) WHERE status IN ('STARTING', 'RUNNING', 'STOPPING');
CREATE INDEX work_session_of_organization ON work_session(organization_id) WHERE status IN ('STARTING', 'RUNNING', 'STOPPING');

CREATE TABLE session_phase (
  id         INTEGER PRIMARY KEY AUTOINCREMENT,
  project_id TEXT NOT NULL REFERENCES project(id) ON DELETE CASCADE,
  phase      TEXT NOT NULL,
  took_ms    INTEGER NOT NULL,
  at         INTEGER NOT NULL
) STRICT;
CREATE INDEX session_phase_project ON session_phase(project_id, phase, at);
