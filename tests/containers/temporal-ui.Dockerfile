# Stands in for `temporalio/ui`: its server, and user 5000.
ARG BASE
FROM ${BASE}
RUN groupadd --gid 5000 ui && useradd --uid 5000 --gid 5000 ui
COPY temporal-ui /usr/local/bin/temporal-ui
COPY docker.yaml /config/docker.yaml
WORKDIR /
USER 5000:5000
EXPOSE 8080
CMD ["temporal-ui", "--env", "docker", "start"]
