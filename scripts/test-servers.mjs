#!/usr/bin/env node
/**
 * Installs the servers that end-to-end suites run against, and the browser that they run, from Debian's packages, where
 * they are missing: `node scripts/test-servers.mjs`. Starts none: each suite starts its own, on files of its own, on
 * loopback. Where it may not install (no root, no apt), suites that need what is missing are left out, and named.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, rmSync, writeFileSync } from 'node:fs';

/** Package by the program that it brings; that of faketime has the library that shows a process another time. */
const PROGRAMS = {
  '/usr/sbin/slapd': 'slapd',
  '/usr/sbin/mariadbd': 'mariadb-server',
  '/usr/sbin/freeradius': 'freeradius',
  '/usr/bin/chromium': 'chromium',
  '/usr/sbin/nginx': 'nginx',
  '/usr/bin/faketime': 'faketime',
};
/** Forbids what is installed to start by itself. */
const POLICY = '/usr/sbin/policy-rc.d';

const missing = Object.entries(PROGRAMS).flatMap(([program, name]) => (existsSync(program) ? [] : [name]));
if (missing.length > 0) {
  const isPossible = process.getuid?.() === 0 && existsSync('/usr/bin/apt-get');
  if (!isPossible) console.error(`not installed, and cannot be here: ${missing.join(', ')}`);
  else install(missing);
}

function install(packages) {
  console.error(`installing ${packages.join(', ')}`);
  const isOurs = !existsSync(POLICY);
  if (isOurs) writeFileSync(POLICY, '#!/bin/sh\nexit 101\n', { mode: 0o755 });
  try {
    if (!apt('install', ...packages)) {
      apt('update');
      if (!apt('install', ...packages)) process.exitCode = 1;
    }
  } finally {
    if (isOurs) rmSync(POLICY, { force: true });
  }
}

function apt(verb, ...packages) {
  const options = verb === 'install' ? ['--yes', '--no-install-recommends'] : [];
  const { status } = spawnSync('apt-get', ['--quiet', '--quiet', verb, ...options, ...packages], {
    stdio: ['ignore', 'ignore', 'inherit'],
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
  });
  return status === 0;
}
