#!/bin/sh
# `npm start`: prepares what is missing or stale, then becomes the server, so that signals reach it.
set -eu
cd "$(dirname "$0")/.."
node scripts/prepare.mjs
# Password hashes, files and name look-ups share libuv's threads; it makes four.
export UV_THREADPOOL_SIZE="${UV_THREADPOOL_SIZE:-8}"
export NODE_ENV="${NODE_ENV:-production}"
# What threads free goes back to two pools of the C library instead of sixteen: less of it stays resident.
export MALLOC_ARENA_MAX="${MALLOC_ARENA_MAX:-2}"
exec node dist/src/main.js "$@"
