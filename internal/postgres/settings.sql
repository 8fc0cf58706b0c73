WITH known AS (
	SELECT oid, datname, datacl, datdba FROM pg_database WHERE datname = current_database()
), setting AS (
	SELECT rolname, split_part(pair, '=', 1) AS name, substr(pair, strpos(pair, '=') + 1) AS value
	FROM pg_db_role_setting s JOIN known ON known.oid = s.setdatabase LEFT JOIN pg_roles r ON r.oid = s.setrole, unnest(setconfig) AS pair
), said (rank, line) AS (
	SELECT 1, coalesce('ALTER ROLE ' || replace(quote_ident(rolname), '%', '%%') || ' IN', 'ALTER') || ' DATABASE %I SET '
		|| replace(quote_ident(name) || ' TO ' || CASE
			WHEN lower(name) IN ('local_preload_libraries', 'search_path', 'session_preload_libraries', 'temp_tablespaces') AND value <> '' THEN value
			ELSE quote_literal(value) END, '%', '%%')
	FROM setting
	UNION ALL
	SELECT 2, 'REVOKE ALL ON DATABASE %I FROM PUBLIC' FROM known WHERE datacl IS NOT NULL
	UNION ALL
	SELECT 3, 'GRANT ' || privilege_type || ' ON DATABASE %I TO ' || coalesce(replace(quote_ident(rolname), '%', '%%'), 'PUBLIC')
		|| CASE WHEN is_grantable THEN ' WITH GRANT OPTION' ELSE '' END
	FROM known, aclexplode(datacl) a LEFT JOIN pg_roles r ON r.oid = a.grantee WHERE a.grantee <> datdba
	UNION ALL
	SELECT 4, 'COMMENT ON DATABASE %I IS ' || replace(quote_literal(text), '%', '%%')
	FROM known, shobj_description(known.oid, 'pg_database') AS text WHERE text IS NOT NULL
)
SELECT 'DO ' || quote_literal('BEGIN EXECUTE format(' || quote_literal(line) || ', current_database()); END') || ';' FROM said ORDER BY rank, line
