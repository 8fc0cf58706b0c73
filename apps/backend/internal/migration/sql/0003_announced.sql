-- NULL until the novel's jobs are in the stream: the table is the outbox.
ALTER TABLE novels ADD COLUMN announced_at timestamptz;

CREATE INDEX novels_unannounced ON novels (created_at) WHERE announced_at IS NULL;
