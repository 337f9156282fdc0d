import { Denied, DomainError, Unavailable } from '@app/kernel';
import {
  AdminRealmProtected,
  AdministratorLockout,
  AmbiguousUser,
  DuplicateUser,
  ImportIntoAdministrators,
  MalformedPolicyName,
  MalformedRealmName,
  MalformedResolverName,
  MissingPolicyPart,
  MissingSecrets,
  NoLocalAdministrator,
  OldPasswordWrong,
  ProviderManaged,
  ResolverExists,
  ResolverInUse,
  ResolverNotManaged,
  ResolverProtected,
  ResolverReadonly,
  ResolverTypeFixed,
  ResolverUnusable,
  SettingChangedElsewhere,
  TooManySettings,
  UnfitSetting,
  UnknownMigration,
  UnknownProvider,
  UnknownResolver,
  UnknownUser,
} from '@app/realms';
import {
  AmbiguousOtp,
  AmbiguousToken,
  AuthenticatorDenied,
  EnrolmentDenied,
  ImportDenied,
  KeyOwnerMissing,
  KeyRefused,
  MalformedAttestation,
  NoKeyToken,
  NoTargetRealm,
  NotKeyOwner,
  PinRefused,
  RealmTokensExceeded,
  RelyingPartyUnset,
  SelfServiceDenied,
  TokenAssigned,
  SerialTaken,
  TokenDenied,
  TokenFileRefused,
  TokenNotAssigned,
  TokenOfOtherRealm,
  TokenRealmDenied,
  TokenTypeMismatch,
  UnknownToken,
  UserTokensExceeded,
} from '@app/tokens';

import { pythonList, pythonQuoted } from '../../legacy/python-text.js';
import {
  enrolmentDenial,
  importDenial,
  missingRight,
  pinRefused,
  realmDenial,
  realmLimitReached,
  selfServiceDenial,
  tokenDenial,
  userLimitReached,
} from './denials.js';
import { RightMissing, UsersDenied } from './right-missing.js';
import { wireTypeName } from '../parameters/token-type-names.js';
import { UNSPECIFIC, WireError } from './wire-error.js';

/** What the domain's errors are on the wire; the first that fits (spec/admin-api §1.4). */
const TABLE = [
  on(UnknownToken, ({ serial }) => [1102, `No token with serial ${serial} found`]),
  on(AmbiguousToken, () => [1101, 'multiple tokens found!']),
  on(AmbiguousOtp, () => [1200, 'get_token_by_otp: multiple tokens are matching this OTP value!']),
  on(TokenNotAssigned, () => [
    UNSPECIFIC, // recording 209
    'You can only define a lost token for an assigned token.',
  ]),
  on(TokenTypeMismatch, ({ serial, existing, requested }) => [
    10, // recording 69
    `initToken failed: token '${serial}' already exist with type '${existing}'. Can not initialize token with new type '${wireTypeName(requested)}'`,
  ]),
  on(SerialTaken, ({ serial }) => [10, `initToken failed: token '${serial}' already exist`]),
  on(UnknownUser, ({ login }) => [1112, userNotFound(`no user >${login}< found!`)]), // recording 70
  on(AmbiguousUser, ({ login }) => [1112, userNotFound(`multiple uids for user >${login}< found!`)]),
  on(UnknownResolver, ({ specification }) => [
    UNSPECIFIC,
    `unknown resolver or invalid resolver class specification: '${specification}'`,
  ]),
  on(ResolverExists, ({ resolver }) => [
    UNSPECIFIC,
    `Cound not create resolver, resolver '${resolver}' already exists!`,
  ]),
  on(ResolverTypeFixed, () => [UNSPECIFIC, 'Modification of resolver type is not supported!']),
  on(ResolverReadonly, () => [UNSPECIFIC, 'Readonly Resolver Change not allowed!']),
  on(ResolverUnusable, ({ resolver }) => [
    UNSPECIFIC, // recording 25
    `Unable to instantiate the resolver '${resolver}'.Please verify configuration or connection!`,
  ]),
  on(MalformedResolverName, ({ resolver }) => [
    UNSPECIFIC,
    `('Resolver name is invalid. It may contain characters, numbers, underscore (_), hyphen (-)! %r', '${resolver}')`,
  ]),
  on(MalformedRealmName, ({ realm }) => [
    UNSPECIFIC,
    `non conformant characters in realm name: ${realm} (not in ^[A-Za-z0-9_\\-\\.]*$)`,
  ]),
  on(AdministratorLockout, ({ resolver, realm }) => [
    UNSPECIFIC,
    `Resolver ${resolver} can not be removed from ${realm}. It is not allowed to remove the resolver to which you belong to prevent locking yourself out.`,
  ]),
  on(ResolverInUse, ({ resolver, realms }) => [
    UNSPECIFIC, // recording 51, with its two blanks
    `"Resolver '${resolver}'  still in use by the realms: ${pythonList(realms)}" !`,
  ]),
  on(ResolverProtected, ({ resolver }) => [
    UNSPECIFIC,
    `default admin resolver ${resolver} is not allowed to be removed!`,
  ]),
  on(MissingSecrets, ({ names }) => [905, `Missing parameter: ${pythonList(names)}`]),
  on(ResolverNotManaged, ({ resolver }) => [
    UNSPECIFIC,
    `Unmanged resolver with same name: '${resolver}' already exists!`,
  ]),
  on(ImportIntoAdministrators, ({ resolver }) => [
    UNSPECIFIC,
    `default admin resolver ${resolver} is not allowed to be overwritten!`,
  ]),
  on(DuplicateUser, ({ what, value, line }) => [
    UNSPECIFIC,
    `Violation of unique constraint - duplicate user in data: ${what} '${value}' in line ${line}`,
  ]),
  on(NoLocalAdministrator, ({ username }) => [UNSPECIFIC, `no user '${username}' found!`]),
  on(OldPasswordWrong, () => [UNSPECIFIC, 'old password missmatch!']),
  on(UnknownMigration, () => [UNSPECIFIC, 'Src or Target resolver is undefined!']),
  on(AdminRealmProtected, ({ realm }) => [
    UNSPECIFIC,
    `It is not allowed to delete the admin realm ${realm}`,
  ]),
  on(UnfitSetting, ({ key, requirement }) => [UNSPECIFIC, `Config Error: linotp.${key} must ${requirement}`]),
  on(SettingChangedElsewhere, ({ key, changedBy }) => [
    UNSPECIFIC,
    `Config Error: linotp.${key} is changed by ${changedBy}`,
  ]),
  on(TooManySettings, ({ limit }) => [UNSPECIFIC, `Config Error: there are ${limit} entries already`]),
  on(UnknownProvider, ({ provider }) => [UNSPECIFIC, `Unable to load provider: '${provider}'`]), // recording 290
  on(MissingPolicyPart, ({ message }) => [905, message]),
  on(MalformedPolicyName, ({ message }) => [8888, message]),
  on(ProviderManaged, ({ attempt }) => [
    UNSPECIFIC,
    attempt === 'change'
      ? 'Not allowed to overwrite the configuration of a managed provider'
      : 'Not allowed to delete the managed provider',
  ]),
  on(RightMissing, ({ scope, action }) => [410, missingRight(scope, action)]),
  on(UsersDenied, ({ realm }) => [
    410,
    `You do not have the administrative right to list users in realm ${pythonQuoted(realm)}.`,
  ]),
  on(TokenDenied, ({ action, serial }) => [410, tokenDenial(action, serial)]),
  on(TokenRealmDenied, ({ change, realm }) => [410, realmDenial(change, realm)]),
  on(UserTokensExceeded, ({ type }) => [type === null ? 411 : 412, userLimitReached(type)]),
  on(RealmTokensExceeded, ({ realm, change }) => [
    change === 'import' ? 413 : 410,
    realmLimitReached(realm, change),
  ]),
  on(ImportDenied, ({ realm }) => [410, importDenial(realm)]),
  on(NoTargetRealm, () => [UNSPECIFIC, "Exception('target realm could not be assigned')"]),
  on(TokenFileRefused, ({ message }) => [UNSPECIFIC, `ImportException(${pythonQuoted(message)})`]),
  on(EnrolmentDenied, ({ enrolment, denial }) => [410, enrolmentDenial(enrolment, denial)]),
  on(KeyOwnerMissing, ({ message }) => [905, message]),
  on(RelyingPartyUnset, ({ realm }) => [
    1901,
    `To enroll FIDO2 tokens in realm \`${realm}\`, a \`fido2_rp_id=\` policy must be defined`,
  ]),
  on(MalformedAttestation, ({ message }) => [905, message]),
  on(KeyRefused, ({ message }) => [905, message]),
  on(AuthenticatorDenied, ({ message }) => [905, message]),
  on(NotKeyOwner, ({ message }) => [UNSPECIFIC, message]),
  on(NoKeyToken, ({ message }) => [905, message]),
  on(TokenAssigned, () => [UNSPECIFIC, 'The token is already assigned to another user.']),
  on(TokenOfOtherRealm, () => [UNSPECIFIC, 'The token you want to assign is not contained in your realm!']),
  on(SelfServiceDenied, ({ action }) => [410, selfServiceDenial(action)]),
  on(PinRefused, ({ refusal }) => [UNSPECIFIC, `Error: ${pinRefused(refusal)}`]),
  on(Denied, ({ message }) => [410, message]),
  on(Unavailable, () => [
    UNSPECIFIC,
    'The service is not available: the database or another system that it needs does not answer',
    503,
  ]),
  on(DomainError, ({ message }) => [UNSPECIFIC, message]),
];

/** The wire's form of an error; `null` for one that nobody foresaw. */
export function knownWireError(error: unknown): WireError | null {
  if (error instanceof WireError) return error;
  for (const translate of TABLE) {
    const wire = translate(error);
    if (wire) return wire;
  }
  return null;
}

/** The error with another `id` in its envelope, for the few calls that have one of their own. */
export function withEnvelopeId(error: unknown, envelopeId: number): unknown {
  const wire = knownWireError(error);
  if (!wire) return error;
  const { code, text, httpStatus } = wire;
  return new WireError(code, text, { envelopeId, cause: error, ...(httpStatus !== null && { httpStatus }) });
}

/** What a client learns of an error that nobody foresaw: how to find it in the log. */
export function internalError(cause: unknown, requestId: string): WireError {
  return new WireError(UNSPECIFIC, `An internal error occurred. Request id: ${requestId}`, { cause });
}

function userNotFound(description: string): string {
  return `getUserResolverId failed: UserError(description='getUserId failed: ${description}', id=1205)`;
}

function on<E extends DomainError>(
  kind: abstract new (...parts: never[]) => E,
  wire: (error: E) => [code: number, text: string, httpStatus?: number],
): (error: unknown) => WireError | null {
  return (error) => {
    if (!(error instanceof kind)) return null;
    const [code, text, httpStatus] = wire(error);
    return new WireError(
      code,
      text,
      httpStatus === undefined ? { cause: error } : { cause: error, httpStatus },
    );
  };
}
