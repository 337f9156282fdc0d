#!/usr/bin/env node
'use strict';
// CommonJS on purpose: an ES module is read on libuv's threads, and then their number stands.
process.env.UV_THREADPOOL_SIZE ??= '8';
process.env.NODE_ENV ??= 'production';

import('../scripts/prepare.mjs')
  .then(({ prepareOrExit }) => {
    prepareOrExit();
    return import('../dist/src/cli.js');
  })
  .catch((error) => {
    process.stderr.write(`twinlock: ${error?.stack ?? error}\n`);
    process.exitCode = 1;
  });
