import type { ConfigurationSnapshot, UserDirectory } from '@app/realms';

import { targetOf } from '../decide/forwarded-token.js';
import { offlineInfo } from '../login-devices.js';
import { type LoginResult, reportOf, triedToken } from '../login-report.js';
import type { LoginRequest } from '../login-request.js';
import { userOf } from '../login-scene.js';
import type { LoginDecision } from '../login.js';
import type { DevicePolicies } from '../policies/device-policies.js';
import type { LoginPolicies } from '../policies/login-policies.js';
import type { ReadLogin } from './read-login.js';

/** What says how much they are told. */
export interface ToldBy {
  readonly policies: LoginPolicies;
  readonly devices: DevicePolicies;
}

/** What whoever asked is told of a login that was committed. */
export async function resultOf(
  decided: LoginDecision,
  request: LoginRequest,
  { subject, concerned, tokens, targets, user }: ReadLogin,
  configuration: ConfigurationSnapshot,
  { policies, devices }: ToldBy,
  directory: UserDirectory,
): Promise<LoginResult> {
  const { verdict, facts } = decided;
  const isToldAsFailed = request.isToldAsFailed ?? false;
  const detail = facts.detail ?? '';
  const isTold = policies.tellsDetail(verdict.kind === 'accepted' && !isToldAsFailed);
  const token = verdict.kind === 'accepted' ? verdict.token : null;
  // The directory may have gone away since: who logged in has logged in all the same.
  const owner =
    request.by.kind !== 'device' || !token || token.id === tokens[0]?.id
      ? user
      : await userOf(token, configuration, directory).catch(() => null);
  return {
    verdict,
    detail,
    told: isTold
      ? reportOf(verdict, detail, subject, { ...concerned, owner }, configuration, isToldAsFailed)
      : null,
    record: concerned.holder?.record ?? null,
    owner,
    tried: triedToken(decided, tokens),
    offline: request.wantsOffline ? offlineInfo(token, devices, token && targetOf(token, targets)) : null,
  };
}
