DO $spellbook$
DECLARE
	gone text;
BEGIN
	FOR gone IN SELECT quote_ident(pubname) FROM pg_publication LOOP EXECUTE 'DROP PUBLICATION ' || gone; END LOOP;
	FOR gone IN SELECT quote_ident(extname) FROM pg_extension WHERE extname <> 'plpgsql' LOOP
		EXECUTE 'DROP EXTENSION IF EXISTS ' || gone || ' CASCADE';
	END LOOP;
	FOR gone IN SELECT quote_ident(evtname) FROM pg_event_trigger LOOP EXECUTE 'DROP EVENT TRIGGER ' || gone; END LOOP;
	FOR gone IN SELECT quote_ident(nspname) FROM pg_namespace WHERE nspname !~ '^pg_' AND nspname <> 'information_schema' LOOP
		EXECUTE 'DROP SCHEMA ' || gone || ' CASCADE';
	END LOOP;
	FOR gone IN SELECT quote_ident(fdwname) FROM pg_foreign_data_wrapper LOOP EXECUTE 'DROP FOREIGN DATA WRAPPER ' || gone || ' CASCADE'; END LOOP;
	PERFORM lo_unlink(oid) FROM pg_largeobject_metadata;
	CREATE SCHEMA public;
	COMMENT ON SCHEMA public IS 'standard public schema';
	IF current_setting('server_version_num')::int >= 150000 THEN
		ALTER SCHEMA public OWNER TO pg_database_owner;
		GRANT USAGE ON SCHEMA public TO PUBLIC;
	ELSE
		GRANT ALL ON SCHEMA public TO PUBLIC;
	END IF;
END
$spellbook$;
