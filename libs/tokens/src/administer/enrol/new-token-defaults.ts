import type { ConfigurationSnapshot } from '@app/realms';

import type { Token, TokenTime } from '../../token.js';
import type { EnrolmentDefaults } from '../../types/token-type.js';

type Settings = ConfigurationSnapshot['settings'];

/** What settings say of a new token, whatever its type. */
export function defaultLimits(settings: Settings): Pick<Token, 'maxFailures' | 'lookAhead' | 'syncWindow'> {
  return {
    maxFailures: settings.defaultMaxFailures,
    lookAhead: settings.defaultLookAhead,
    syncWindow: settings.defaultSyncWindow,
  };
}

/** What a type makes of a request that does not say so itself. */
export function enrolmentDefaults(settings: Settings): EnrolmentDefaults {
  return { time: defaultTime(settings), ocra: settings.ocra };
}

/** What they say of one that goes by the clock. */
function defaultTime(settings: Settings): TokenTime {
  return {
    stepSeconds: settings.totpStepSeconds,
    windowSeconds: settings.totpWindowSeconds,
    shiftSeconds: settings.totpShiftSeconds,
  };
}
