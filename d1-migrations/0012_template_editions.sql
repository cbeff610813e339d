-- What the projects' templates are made of changes with each version of what runs the agent: an older one still starts
-- sessions, and is built anew.

ALTER TABLE project ADD COLUMN template_edition TEXT NOT NULL DEFAULT '';            -- of the template that sessions start from; empty: there is none
ALTER TABLE project ADD COLUMN template_build_edition TEXT NOT NULL DEFAULT 'first'; -- of the newest build

UPDATE project SET template_edition = 'first' WHERE template_status = 'READY';

CREATE INDEX project_template_due ON project(template_build_edition) WHERE template_edition <> '';
