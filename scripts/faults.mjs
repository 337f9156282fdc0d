#!/usr/bin/env node
/**
 * The long versions of the suites that put logins under pressure, with figures: `npm run faults`. Needs the build.
 *
 *   npm run faults                                 races, broken connections, killed servers
 *   npm run faults -- races --rounds 500           the suites whose path holds `races`
 *
 *   --rounds N    rounds of 50 requests with one OTP (100)
 *   --guesses N   rounds of a right OTP among 200 wrong ones (50)
 *   --kills N     servers killed in a stream of logins (20)
 *   --database-rounds N    of each outage of PostgreSQL, and primaries killed (3)
 *   --embedded-kills N   of the embedded database, its server or both, in mid-write (20)
 *   --directory-rounds N   logins beside each trouble of a directory (100)
 *   --nodes N     up to so many nodes behind nginx (3), --spray-rounds N of each change here that is seen there (20)
 *   --node-kills N   one of two nodes behind nginx is killed under load (50)
 *   --clock-rounds N   logins at nodes whose clocks are an hour off (20)
 *   --upgrade-from COMMIT   which two nodes are upgraded under load; '' none (the one before the newest migration)
 *   --stops N     nodes behind nginx that are told to stop, and servers that are interrupted in their terminals (10)
 *   --rotated N   tokens that are sealed anew (100000), killed --rotation-kills N times meanwhile (5)
 *   --restore-kills N   restores that are killed, a third as many into a new embedded database (10)
 *   --tamperings N   of the audit trail (10000), --seed N which ones (7), and which node of several
 *
 * The database is one of its own, as durable as in production, unless TEST_DATABASE_URL names another. Suites that break
 * PostgreSQL itself start their own, of the programs in the folder TWINLOCK_TEST_POSTGRES if that is set.
 */
import { runSuites } from '../test/bench/suites/run-suites.mjs';
import { buildOldRelease, commitBeforeNewestMigration } from '../test/faults/upgrade/old-release.mjs';
import { argumentsOrUsage } from './usage.mjs';

const { values, positionals } = argumentsOrUsage(import.meta.filename, {
  allowPositionals: true,
  options: {
    rounds: { type: 'string', default: '100' },
    guesses: { type: 'string', default: '50' },
    kills: { type: 'string', default: '20' },
    'database-rounds': { type: 'string', default: '3' },
    'embedded-kills': { type: 'string', default: '20' },
    'directory-rounds': { type: 'string', default: '100' },
    nodes: { type: 'string', default: '3' },
    'spray-rounds': { type: 'string', default: '20' },
    'node-kills': { type: 'string', default: '50' },
    'clock-rounds': { type: 'string', default: '20' },
    'upgrade-from': { type: 'string' },
    stops: { type: 'string', default: '10' },
    rotated: { type: 'string', default: '100000' },
    'rotation-kills': { type: 'string', default: '5' },
    'restore-kills': { type: 'string', default: '10' },
    tamperings: { type: 'string', default: '10000' },
    seed: { type: 'string', default: '7' },
  },
});

const suites = positionals.length > 0 ? positionals : ['races', 'login-faults', 'test/faults'];
const isUpgraded = suites.some((pattern) => 'test/faults/upgrade/upgrade.e2e-spec.ts'.includes(pattern));
const from = values['upgrade-from'] ?? commitBeforeNewestMigration();
const old = isUpgraded && from ? buildOldRelease(from) : null;
process.exitCode = await runSuites('end-to-end', suites, {
  TWINLOCK_RACE_ROUNDS: values.rounds,
  TWINLOCK_GUESS_ROUNDS: values.guesses,
  TWINLOCK_KILLS: values.kills,
  TWINLOCK_DATABASE_ROUNDS: values['database-rounds'],
  TWINLOCK_EMBEDDED_KILLS: values['embedded-kills'],
  TWINLOCK_DIRECTORY_ROUNDS: values['directory-rounds'],
  TWINLOCK_NODES: values.nodes,
  TWINLOCK_SPRAY_ROUNDS: values['spray-rounds'],
  TWINLOCK_NODE_KILLS: values['node-kills'],
  TWINLOCK_CLOCK_ROUNDS: values['clock-rounds'],
  TWINLOCK_GATEWAYS: '8',
  // Longer than nginx keeps idle connections: then no login is to fail.
  TWINLOCK_UPGRADE_DRAIN: '5',
  ...(old && { TWINLOCK_OLD_RELEASE: old.folder }),
  TWINLOCK_STOPS: values.stops,
  TWINLOCK_ROTATED_TOKENS: values.rotated,
  TWINLOCK_ROTATION_KILLS: values['rotation-kills'],
  TWINLOCK_RESTORE_KILLS: values['restore-kills'],
  TWINLOCK_TAMPERINGS: values.tamperings,
  TWINLOCK_SEED: values.seed,
});
old?.remove();
