import type { Token, TokenInfo } from '../../token.js';
import { MalformedServer } from '../../token.errors.js';
import { isSwitchedOn } from '../info-switch.js';
import type { AskedServer, ServerCheck, ServerOtps } from '../server-check.js';
import { nothingIsSpent } from '../after-restore.js';
import type { TokenType } from '../token-type.js';

export const REMOTE_OTP = 'Remote Otp: ';

const server: ServerOtps = {
  checksPin: (info) => !isSwitchedOn(info, 'remote.local_checkpin'),
  check: remoteCheck,
  // Another server knows what is spent.
  spends: () => ({ nextCounter: 1, once: false }),
};

/** Another server with LinOTP's API decides (spec/token-types §13). */
export const remoteToken: TokenType = {
  id: 'remote',
  label: 'remote',
  serialPrefix: 'LSRE',
  hasOtp: true,
  seedForm: 'bytes',
  challenge: { prompt: REMOTE_OTP, needsText: false },
  server,

  plan({ digits, info = {} }) {
    if (!isBaseUrl(text(info, 'remote.server'))) throw new MalformedServer('remote.server');
    return {
      secret: { kind: 'given', bytes: NO_SEED },
      digits: digits ?? 6,
      hash: null,
      time: null,
      info,
    };
  },

  verify: () => ({ kind: 'mismatched' }),
  resync: () => null,
  afterRestore: nothingIsSpent,
};

/** Of several ways to ask, the first whose entry says something. */
function remoteCheck({ info }: Token, asked: AskedServer): ServerCheck | null {
  const serial = text(info, 'remote.serial');
  const user = text(info, 'remote.user');
  const [path, who] =
    serial !== ''
      ? ['validate/check_s', [['serial', serial]] as const]
      : user !== ''
        ? [
            'validate/check',
            [
              ['user', user],
              ['realm', text(info, 'remote.realm')],
              ['resConf', text(info, 'remote.resConf')],
            ] as const,
          ]
        : ['', [['user', asked.login] as const, ['realm', asked.realm] as const]];
  return remoteQuestion(info, path, who, asked);
}

/** The same for a token that may become the user's: they are asked for by name (spec/token-types §13). */
export function unassignedRemoteCheck({ info }: Token, asked: AskedServer): ServerCheck {
  const who = [['user', asked.login] as const, ['realm', asked.realm] as const];
  return remoteQuestion(info, 'validate/check', who, asked);
}

function remoteQuestion(
  info: TokenInfo,
  usualPath: string,
  who: readonly (readonly [string, string])[],
  { text: pass, transaction, hops }: AskedServer,
): ServerCheck {
  const base = text(info, 'remote.server').replace(/\/+$/, '');
  const path = (text(info, 'remote.path') || usualPath).replace(/^\/+/, '');
  const state = transaction === null ? [] : [['state', transaction] as const];
  return {
    kind: 'remote',
    url: `${base}/${path}`,
    form: [...who, ['pass', pass], ...state, [HOPS, String(hops + 1)]],
  };
}

function isBaseUrl(given: string): boolean {
  if (!URL.canParse(given) || given.length > LONGEST_URL) return false;
  const { protocol, username, password, search, hash } = new URL(given);
  const isHttp = protocol === 'https:' || protocol === 'http:';
  return isHttp && username === '' && password === '' && search === '' && hash === '';
}

/** By which servers that ask each other notice it; others pass it over. */
const HOPS = 'twinlock_hops';
const LONGEST_URL = 255;
const NO_SEED = new Uint8Array(0);

function text(info: TokenInfo, name: string): string {
  return String(info[name] ?? '');
}
