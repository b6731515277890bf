# Stands in for `clamav/clamav`: Debian's clamd on port 3310 as user 100 of group 101, with one signature, that of the EICAR test file.
ARG BASE
FROM ${BASE}
RUN apt-get update && apt-get install -y --no-install-recommends clamav-daemon \
    && apt-get clean && rm -rf /var/lib/apt/lists/* /var/lib/clamav \
    && install -d -o 100 -g 101 /var/lib/clamav
COPY eicar.ndb /var/lib/clamav/eicar.ndb
COPY clamd.conf /etc/clamav/clamd.conf
COPY init-unprivileged /init-unprivileged
RUN chmod 0755 /init-unprivileged && chown -R 100:101 /var/lib/clamav
USER 100:101
EXPOSE 3310
ENTRYPOINT ["/init-unprivileged"]
