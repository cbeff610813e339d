-- Teams: organizations and who is in them, their projects, and the sessions in which an agent changes a repository.
-- Words in capitals are those of the API.

CREATE TABLE organization (
  id               TEXT PRIMARY KEY,
  name             TEXT NOT NULL,
  slug             TEXT NOT NULL UNIQUE,          -- from the name it was made with; stays when the name changes
  monthly_budget   INTEGER,                       -- micro-dollars a calendar month, all projects together; NULL: no such limit
  created_at       INTEGER NOT NULL,
  updated_at       INTEGER NOT NULL
) STRICT;

CREATE TABLE organization_member (
  organization_id TEXT NOT NULL REFERENCES organization(id) ON DELETE CASCADE,
  user_id         TEXT NOT NULL REFERENCES user(id) ON DELETE CASCADE,
  role            TEXT NOT NULL CHECK (role IN ('ADMIN', 'MEMBER')),
  created_at      INTEGER NOT NULL,
  PRIMARY KEY (organization_id, user_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX organization_member_user ON organization_member(user_id);

CREATE TABLE organization_invite (
  id              TEXT PRIMARY KEY,
  organization_id TEXT NOT NULL REFERENCES organization(id) ON DELETE CASCADE,
  email           TEXT,                           -- lower-cased at the border; NULL: whoever has the link
  token_hash      TEXT NOT NULL UNIQUE,
  role            TEXT NOT NULL CHECK (role IN ('ADMIN', 'MEMBER')),
  invited_by      TEXT REFERENCES user(id) ON DELETE SET NULL,
  accepted_by     TEXT REFERENCES user(id) ON DELETE SET NULL,
  accepted_at     INTEGER,                        -- one use: set by the update that takes it
  expires_at      INTEGER NOT NULL,
  created_at      INTEGER NOT NULL
) STRICT;
CREATE INDEX organization_invite_organization ON organization_invite(organization_id, created_at);
CREATE INDEX organization_invite_by ON organization_invite(invited_by);
CREATE INDEX organization_invite_accepted ON organization_invite(accepted_by);

CREATE TABLE project (
  id                       TEXT PRIMARY KEY,
  organization_id          TEXT NOT NULL REFERENCES organization(id) ON DELETE CASCADE,
  name                     TEXT NOT NULL,
  repository               TEXT NOT NULL,         -- 'owner/name' at GitHub
  repository_url           TEXT NOT NULL,         -- the page of it, for people
  default_branch           TEXT NOT NULL,
  startup_commands         TEXT NOT NULL DEFAULT '[]',   -- JSON lists of texts, all of these
  required_services        TEXT NOT NULL DEFAULT '[]',
  allowed_file_patterns    TEXT NOT NULL DEFAULT '[]',   -- an empty one allows every file
  preview_port             INTEGER NOT NULL,
  context_instructions     TEXT NOT NULL DEFAULT '',
  model                    TEXT NOT NULL,
  max_session_duration_min INTEGER NOT NULL DEFAULT 60,
  max_budget               INTEGER NOT NULL DEFAULT 5000000,  -- micro-dollars a session
  template_id              TEXT,                  -- e2b's
  template_build_id        TEXT,
  template_status          TEXT NOT NULL DEFAULT 'PENDING' CHECK (template_status IN ('PENDING', 'BUILDING', 'READY', 'FAILED')),
  template_error           TEXT NOT NULL DEFAULT '',     -- for a person
  template_started_at      INTEGER,
  created_by               TEXT REFERENCES user(id) ON DELETE SET NULL,
  created_at               INTEGER NOT NULL,
  updated_at               INTEGER NOT NULL
) STRICT;
CREATE INDEX project_organization ON project(organization_id, created_at);
CREATE INDEX project_creator ON project(created_by);
CREATE INDEX project_building ON project(template_started_at) WHERE template_status = 'BUILDING';

-- What is kept of a session for lists and history; what is said in it, and its money, live in its own object.
CREATE TABLE work_session (
  seq             INTEGER PRIMARY KEY AUTOINCREMENT,
  id              TEXT NOT NULL UNIQUE,
  organization_id TEXT NOT NULL REFERENCES organization(id) ON DELETE CASCADE,
  project_id      TEXT NOT NULL REFERENCES project(id) ON DELETE CASCADE,
  user_id         TEXT REFERENCES user(id) ON DELETE SET NULL,   -- whose key and whose GitHub it works with
  title           TEXT NOT NULL DEFAULT '',       -- the first thing that was asked for
  branch          TEXT NOT NULL,
  status          TEXT NOT NULL CHECK (status IN ('STARTING', 'RUNNING', 'STOPPING', 'COMPLETED', 'ERRORED', 'TIMED_OUT')),
  sandbox_id      TEXT,
  tokens_in       INTEGER NOT NULL DEFAULT 0,
  tokens_out      INTEGER NOT NULL DEFAULT 0,
  cost            INTEGER NOT NULL DEFAULT 0,     -- micro-dollars
  outcome         TEXT CHECK (outcome IN ('PR_CREATED', 'COMMITTED_TO_MAIN', 'DISCARDED')),
  pr_url          TEXT,
  commit_sha      TEXT,
  started_at      INTEGER NOT NULL,
  ended_at        INTEGER,
  sandbox_gone_at INTEGER                         -- when it was seen that no sandbox is left of it
) STRICT;
CREATE INDEX work_session_organization ON work_session(organization_id, seq);
CREATE INDEX work_session_project ON work_session(project_id, seq);
CREATE INDEX work_session_user ON work_session(user_id, seq);
CREATE INDEX work_session_active ON work_session(project_id) WHERE status IN ('STARTING', 'RUNNING', 'STOPPING');
CREATE INDEX work_session_sandbox ON work_session(seq) WHERE sandbox_gone_at IS NULL;

-- What must be known again in the clear and only where it is used: AES-256-GCM, bound to its row.
CREATE TABLE user_secret (
  user_id     TEXT NOT NULL REFERENCES user(id) ON DELETE CASCADE,
  kind        TEXT NOT NULL CHECK (kind IN ('anthropic_api_key', 'github_token')),
  key_version INTEGER NOT NULL,
  iv          TEXT NOT NULL,                      -- base64, never used twice
  ciphertext  TEXT NOT NULL,                      -- base64
  updated_at  INTEGER NOT NULL,
  PRIMARY KEY (user_id, kind)
) STRICT, WITHOUT ROWID;
CREATE INDEX user_secret_version ON user_secret(key_version);
CREATE TABLE project_secret (
  project_id  TEXT NOT NULL REFERENCES project(id) ON DELETE CASCADE,
  kind        TEXT NOT NULL CHECK (kind IN ('environment')),
  key_version INTEGER NOT NULL,
  iv          TEXT NOT NULL,
  ciphertext  TEXT NOT NULL,
  updated_at  INTEGER NOT NULL,
  PRIMARY KEY (project_id, kind)
) STRICT, WITHOUT ROWID;
CREATE INDEX project_secret_version ON project_secret(key_version);

-- Whoever leaves, and be it with their account: an organization with people in it has an admin, and one without is gone.
CREATE TRIGGER organization_keeps_an_admin AFTER DELETE ON organization_member
WHEN NOT EXISTS (SELECT 1 FROM organization_member WHERE organization_id = OLD.organization_id AND role = 'ADMIN')
BEGIN
  UPDATE organization_member SET role = 'ADMIN' WHERE organization_id = OLD.organization_id AND user_id =
    (SELECT user_id FROM organization_member WHERE organization_id = OLD.organization_id ORDER BY created_at, user_id LIMIT 1);
  DELETE FROM organization WHERE id = OLD.organization_id
    AND NOT EXISTS (SELECT 1 FROM organization_member WHERE organization_id = OLD.organization_id);
END;
