# Stands in for `otel/opentelemetry-collector`: a collector, and user 10001.
ARG BASE
FROM ${BASE}
COPY collector /usr/local/bin/collector
USER 10001:10001
EXPOSE 4318
ENTRYPOINT ["collector"]
