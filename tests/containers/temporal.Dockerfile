# Stands in for `temporalio/server` and `temporalio/admin-tools`: their programs, and user 1000.
ARG BASE
FROM ${BASE}
RUN groupadd --gid 1000 temporal && useradd --uid 1000 --gid 1000 temporal
COPY temporal-server temporal-sql-tool /usr/local/bin/
USER 1000:1000
EXPOSE 7233
