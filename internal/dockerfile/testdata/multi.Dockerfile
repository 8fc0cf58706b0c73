# syntax=docker/dockerfile:1.7
# A global ARG may refer to the ones before it.
ARG GO=1.26
ARG VARIANT=bookworm
ARG BUILDER=golang:${GO}-${VARIANT}
ARG RUNTIME=gcr.io/distroless/static:nonroot

FROM --platform=$BUILDPLATFORM ${BUILDER} AS Build
ARG TARGETARCH
ARG GO
COPY go.mod go.sum ./
RUN --mount=type=cache,target=/root/.cache \
    --mount=type=bind,from=example.com/tools@sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa,target=/tools \
    # a comment in a continued line
    go mod download

FROM node:22 AS unneeded
COPY --from=never:1 /a /b

FROM build as test
RUN go test ./...

FROM $RUNTIME
COPY --from=BUILD /out /app
copy --from=0 /etc/ssl /etc/ssl
COPY --from=busybox /bin/sh /bin/sh
