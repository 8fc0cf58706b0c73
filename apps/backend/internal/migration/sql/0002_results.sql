-- A job's id is the key, so that its result is stored once however often the job is delivered.
CREATE TABLE results (
    job_id     text PRIMARY KEY,
    novel_id   uuid NOT NULL REFERENCES novels ON DELETE CASCADE,
    agent      text NOT NULL,
    worker     text NOT NULL,
    text       text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now()
);

CREATE INDEX results_of_novel ON results (novel_id);

ALTER TABLE novels ADD COLUMN results integer NOT NULL DEFAULT 0;
