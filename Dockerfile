# syntax=docker/dockerfile:1

FROM rust:1.95.0-slim-bookworm AS build
# libpq is built from source and speaks TLS through OpenSSL.
RUN apt-get update \
    && apt-get install --yes --no-install-recommends build-essential libssl-dev pkg-config \
    && rm -rf /var/lib/apt/lists/*
WORKDIR /build
COPY . .
RUN cargo build --release --locked --bin latchkey

FROM debian:bookworm-slim
RUN apt-get update \
    && apt-get install --yes --no-install-recommends ca-certificates libssl3 \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --system --uid 10001 --user-group --no-create-home --shell /usr/sbin/nologin latchkey \
    && install --directory --owner=10001 --group=10001 /var/lib/latchkey
COPY --from=build /build/target/release/latchkey /usr/local/bin/latchkey

# By number, so that Kubernetes can see that it is not root.
USER 10001:10001
# An SQLite database lands under data/ here; mount a volume to keep it.
WORKDIR /var/lib/latchkey
ENV LATCHKEY_LISTEN=0.0.0.0:8080 \
    LATCHKEY_METRICS_LISTEN=0.0.0.0:9464 \
    LATCHKEY_LOG_FORMAT=json
EXPOSE 8080 9464
ENTRYPOINT ["/usr/local/bin/latchkey"]
CMD ["serve"]
