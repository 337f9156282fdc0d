import { cleanText } from '@app/kernel';
import type { Enrolment, TokenInfo, TokenTypeId } from '@app/tokens';

import type { Parameters } from '../../../envelope/parameters/parameters.js';
import { UNSPECIFIC, WireError, missingParameter } from '../../../envelope/errors/wire-error.js';
import { switchWord } from '../../python-text.js';

const LONGEST = 255;

/** What is said of a token whose OTPs somebody else knows (spec/token-types §12 to §15). @throws WireError */
export function elsewhereInfo(parameters: Parameters, type: TokenTypeId): Pick<Enrolment, 'info'> {
  switch (type) {
    case 'remote':
      return {
        info: {
          'remote.server': required(parameters, 'remote.server'),
          'remote.local_checkpin': pinSwitch(parameters, 'remote.local_checkpin') ?? true,
          ...optional(parameters, ['remote.serial', 'remote.user', 'remote.realm', 'remote.resConf']),
        },
      };
    case 'radius':
      return {
        info: {
          'radius.server': required(parameters, 'radius.server'),
          'radius.user': required(parameters, 'radius.user'),
          'radius.local_checkpin': pinSwitch(parameters, 'radius.local_checkpin') ?? '0',
        },
      };
    case 'forward': {
      // Not as a missing parameter is told of otherwise (spec/token-types §15).
      const serial = bounded(parameters, 'forward.serial');
      if (!serial) throw new WireError(UNSPECIFIC, "'forward.serial'");
      return { info: { 'forward.serial': serial } };
    }
    case 'yubico':
      return { info: { 'yubico.tokenid': required(parameters, 'yubico.tokenid') } };
    default:
      return {};
  }
}

/** The bytes of what a RADIUS server knows, too. @throws WireError unless the server, the user and it are given */
export function sharedSecret(parameters: Parameters): Uint8Array {
  required(parameters, 'radius.server');
  required(parameters, 'radius.user');
  const secret = parameters.text('radius.secret');
  if (!secret) throw missingParameter('radius.secret');
  if (secret.length > LONGEST) throw tooLong('radius.secret');
  return Buffer.from(secret, 'utf8');
}

function required(parameters: Parameters, name: string): string {
  const value = bounded(parameters, name);
  if (!value) throw missingParameter(name);
  return value;
}

function optional(parameters: Parameters, names: readonly string[]): TokenInfo {
  return Object.fromEntries(
    names.flatMap((name) => {
      const value = bounded(parameters, name);
      return value === null ? [] : [[name, value] as const];
    }),
  );
}

/** As it was written: clients are shown it again. */
function pinSwitch(parameters: Parameters, name: string): string | null {
  const value = bounded(parameters, name);
  if (value === null || value === '') return null;
  if (switchWord(value) === null) throw new WireError(UNSPECIFIC, `${name} must be 0 or 1`);
  return value;
}

function bounded(parameters: Parameters, name: string): string | null {
  const value = parameters.text(name);
  if (value !== null && value.length > LONGEST) throw tooLong(name);
  return value === null ? null : cleanText(value).trim();
}

function tooLong(name: string): WireError {
  return new WireError(UNSPECIFIC, `${name} is longer than ${LONGEST} characters`);
}
