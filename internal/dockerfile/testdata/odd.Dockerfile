# escape=`
arg LAST
FROM a:1@sha256:bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb AS x
FROM scratch AS empty
COPY --from=x `
    /FROM `
    /to
RUN <<END
FROM not:this
COPY --from=nor:that / /
END
COPY --chmod=755 <<one <<two /etc/
FROM neither:this
one
FROM nor:this
two
FROM ${LAST:-localhost:5000/team/last} AS y
ARG HIDDEN=1
ONBUILD ARG LATER
ONBUILD COPY --from=laid:on /x /x
ONBUILD ADD https://example.com/onbuild.tgz /
FROM y
ADD https://example.com/a-${HIDDEN}.tgz git@github.com:o/r.git /src/
ADD --checksum=sha256:cccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc https://example.com/pinned /pinned
ADD https://example.com/onbuild.tgz local.tgz /
COPY --from=empty / /
