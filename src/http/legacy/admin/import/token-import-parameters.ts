import { type RandomSource, Secret } from '@app/kernel';
import type { OtpHash } from '@app/otp';
import {
  type FileProtection,
  TOKEN_FILE_FORMATS,
  type TokenImport,
  parseStartDate,
  tokenFileFormat,
  USUAL_START,
} from '@app/tokens';

import type { Parameters } from '../../../envelope/parameters/parameters.js';
import { UNSPECIFIC, WireError } from '../../../envelope/errors/wire-error.js';
import { pythonQuoted, switchWord } from '../../python-text.js';

type Wish = Omit<TokenImport, 'text' | 'mostTokens' | 'fileName'>;

const HASHES: readonly OtpHash[] = ['sha1', 'sha256', 'sha512'];

/** Everything but the file itself (spec/admin-api §3.24). @throws WireError */
export function parseTokenImport(parameters: Parameters, random: RandomSource): Wish {
  const type = parameters.text('type') ?? '';
  if (type === '') throw refused('Error loading tokens. File or Type empty!');
  const format = tokenFileFormat(type);
  if (!format) {
    const known = TOKEN_FILE_FORMATS.map(({ name }) => name).join(', ');
    throw refused(`Unknown file type: >>${type}<<. We only know the types: ${known}`);
  }
  return {
    format,
    options: {
      protection: protectionOf(parameters, type),
      hash: hashOf(parameters),
      startDate: startDateOf(parameters),
      checksSerials: parameters.has('pskc_checkserial'),
      random,
    },
    realm: realmOf(parameters),
    active: switchOf(parameters, 'enable') ?? null,
    overwrites: switchOf(parameters, 'overwrite') ?? false,
    isDryRun: false,
  };
}

function protectionOf(parameters: Parameters, type: string): FileProtection {
  if (type !== 'pskc') return { kind: 'plain' };
  const kind = parameters.text('pskc_type') ?? '';
  switch (kind) {
    case 'plain':
      return { kind };
    case 'password':
      return { kind, password: Secret.fromText(parameters.text('pskc_password') ?? '') };
    case 'key': {
      const hex = parameters.text('pskc_preshared') ?? '';
      if (!/^([0-9a-fA-F]{32}|[0-9a-fA-F]{48}|[0-9a-fA-F]{64})$/.test(hex)) {
        throw refused('pskc_preshared must be 32 hexadecimal digits');
      }
      return { kind, key: Secret.of(Buffer.from(hex, 'hex')) };
    }
    default:
      throw refused(`pskc_type must be plain, key or password, not ${pythonQuoted(kind)}`);
  }
}

function hashOf(parameters: Parameters): OtpHash | null {
  const name = (parameters.text('aladdin_hashlib') || 'auto').toLowerCase();
  if (name === 'auto') return null;
  const hash = HASHES.find((known) => known === name);
  if (!hash) throw refused('aladdin_hashlib must be auto, sha1, sha256 or sha512');
  return hash;
}

function startDateOf(parameters: Parameters): Date {
  const text = parameters.text('startdate') || null;
  if (text === null) return USUAL_START;
  const date = parseStartDate(text.trim());
  if (!date)
    throw refused('startdate must be a date like 31.12.2024 or 2024-12-31, with 23:59 behind it or without');
  return date;
}

function realmOf(parameters: Parameters): string | null {
  const [realm, target] = ['realm', 'targetrealm'].map((name) =>
    (parameters.text(name) ?? '').trim().toLowerCase(),
  );
  if (realm && target && realm !== target) throw refused('realm and targetrealm name different realms');
  return realm || target || null;
}

function switchOf(parameters: Parameters, name: string): boolean | null {
  const text = parameters.text(name) || null;
  if (text === null) return null;
  const isOn = switchWord(text);
  if (isOn === null) throw refused(`${name} must be true or false`);
  return isOn;
}

function refused(message: string): WireError {
  return new WireError(UNSPECIFIC, message);
}
