#!/bin/sh
# `npm start`: prepares what is missing or stale, then becomes the server, so that signals reach it.
set -eu
cd "$(dirname "$0")/.."
node scripts/prepare.mjs
# Password hashes, files and name look-ups share libuv's threads; it makes four.
export UV_THREADPOOL_SIZE="${UV_THREADPOOL_SIZE:-8}"
export NODE_ENV="${NODE_ENV:-production}"
exec node dist/src/main.js "$@"
