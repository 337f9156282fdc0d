import { Conflict, Denied, Invalid, Unavailable } from '@app/kernel';
import {
  AmbiguousUser,
  MalformedRealmName,
  ResolverExists,
  ResolverUnusable,
  UnknownUser,
} from '@app/realms';
import { AmbiguousToken, MissingPassword, TokenTypeMismatch, UnknownToken } from '@app/tokens';

import { internalError, knownWireError } from './legacy-errors.js';
import { missingParameter } from './wire-error.js';

describe('knownWireError', () => {
  it.each<[error: Error, code: number, message: string, httpStatus: number | null]>([
    [new UnknownToken('X1'), 1102, 'ERR1102: No token with serial X1 found', null],
    [new AmbiguousToken('X*'), 1101, 'ERR1101: multiple tokens found!', null],
    [
      new TokenTypeMismatch('GH1', 'HMAC', 'totp'),
      10,
      "ERR10: initToken failed: token 'GH1' already exist with type 'HMAC'. Can not initialize token with new type 'totp'",
      null,
    ],
    [new Invalid('timeStep', 'timeStep must be 30'), -311, 'timeStep must be 30', null],
    [new MissingPassword(), -311, 'a password token needs a password', null],
    [new Conflict('it contradicts'), -311, 'it contradicts', null],
    [new Denied('You may not. Check the policies.'), 410, 'ERR410: You may not. Check the policies.', null],
    [
      new UnknownUser('nosuch'), // recording 70
      1112,
      "ERR1112: getUserResolverId failed: UserError(description='getUserId failed: no user >nosuch< found!', id=1205)",
      null,
    ],
    [
      new AmbiguousUser('hans'),
      1112,
      "ERR1112: getUserResolverId failed: UserError(description='getUserId failed: multiple uids for user >hans< found!', id=1205)",
      null,
    ],
    [
      new ResolverUnusable('gold3'), // recording 25
      -311,
      "Unable to instantiate the resolver 'gold3'.Please verify configuration or connection!",
      null,
    ],
    [new ResolverExists('gold'), -311, "Cound not create resolver, resolver 'gold' already exists!", null],
    [
      new MalformedRealmName('a$'),
      -311,
      'non conformant characters in realm name: a$ (not in ^[A-Za-z0-9_\\-\\.]*$)',
      null,
    ],
    [missingParameter('otp'), 905, "ERR905: Missing parameter: 'otp'", null],
  ])('translates $# to its wire form', (error, code, message, httpStatus) => {
    expect(knownWireError(error)).toMatchObject({ code, message, httpStatus, envelopeId: 1 });
  });

  it.each([
    ['hotp', 'hmac'],
    ['password', 'pw'],
    ['simple-pass', 'spass'],
  ] as const)('calls the type %s by its wire name', (ours, wire) => {
    expect(knownWireError(new TokenTypeMismatch('T1', 'TOTP', ours))?.message).toContain(
      `new type '${wire}'`,
    );
  });

  it('says that the service is away, and not what its parts said', () => {
    const wire = knownWireError(new Unavailable('connect ECONNREFUSED 10.1.1.1:5432'));
    expect(wire).toMatchObject({ code: -311, httpStatus: 503 });
    expect(wire?.message).toMatch(/not available.*database/);
    expect(wire?.message).not.toContain('10.1.1.1');
  });

  it.each([[new TypeError('x')], ['a text'], [null], [undefined], [{ code: 'token.unknown' }]])(
    'does not know %j',
    (error) => {
      expect(knownWireError(error)).toBeNull();
    },
  );
});

describe('internalError', () => {
  it('tells the request id and nothing of the error', () => {
    const wire = internalError(new Error('secret detail'), 'id-1');
    expect(wire).toMatchObject({
      code: -311,
      message: 'An internal error occurred. Request id: id-1',
      httpStatus: null,
    });
  });
});
