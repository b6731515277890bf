# Starts Temporal's server with the database's password from its file. Run by sh.
set -eu
POSTGRES_PWD=$(cat /run/drystone/postgres_password)
# It listens on every address, and is known to itself by the container's own.
BIND_ON_IP=0.0.0.0
TEMPORAL_BROADCAST_ADDRESS=$(hostname -i | cut -d ' ' -f 1)
export POSTGRES_PWD BIND_ON_IP TEMPORAL_BROADCAST_ADDRESS
exec temporal-server start
