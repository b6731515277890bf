# Makes Temporal's two databases and brings their schemas to this version's; what is there already stays. Run by sh.
set -eu
SQL_PASSWORD=$(cat /run/drystone/postgres_password)
export SQL_PASSWORD

prepare() {
    temporal-sql-tool --db "$1" create-database
    temporal-sql-tool --db "$1" setup-schema --version 0.0
    temporal-sql-tool --db "$1" update-schema --schema-name "postgresql/v12/$2"
}

prepare temporal temporal
prepare temporal_visibility visibility
