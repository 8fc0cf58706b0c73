# shellcheck shell=sh
first() {
	for name; do
		eval "value=\${$name:-} file=\${${name}_FILE:-}"
		if [ -z "$value" ] && [ -n "$file" ]; then value=$(cat "$file"); fi
		if [ -n "$value" ]; then break; fi
	done
	printf %s "$value"
}
PGUSER=$(first POSTGRES_USER POSTGRESQL_USERNAME PGUSER)
PGUSER=${PGUSER:-postgres}
PGDATABASE=$(first POSTGRES_DB POSTGRESQL_DATABASE PGDATABASE)
PGDATABASE=${PGDATABASE:-$PGUSER}
PGPASSWORD=$(first SPELLBOOK_PASSWORD POSTGRES_PASSWORD POSTGRESQL_PASSWORD PGPASSWORD)
export PGUSER PGDATABASE PGPASSWORD
