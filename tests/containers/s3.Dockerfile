# Stands in for `chrislusf/seaweedfs`: the program `weed`, whose arguments are the container's.
ARG BASE
FROM ${BASE}
COPY weed /usr/bin/weed
RUN install -d -o 65532 -g 65532 /data
USER 65532:65532
EXPOSE 8333
ENTRYPOINT ["weed"]
