import type { PolicyQuery } from './policy-set.js';
import type { PolicySubject } from './subject.js';

/** What is known of a request; what is unknown or empty filters nothing, as in LinOTP (spec/policies §5). */
export interface PolicyRequest {
  readonly scope: string;
  readonly action: string;
  readonly realm?: string | undefined;
  readonly subject?: PolicySubject | undefined;
  readonly client?: string | undefined;
}

/** The lookup of most actions of authentication, authorization, enrollment and selfservice. */
export function clientPolicy(request: PolicyRequest, time: Date): PolicyQuery & { readonly action: string } {
  return { ...existencePolicy(request), time };
}

/** The lookup of the actions whose policies hold at any time (spec/policies §4.5). */
export function existencePolicy(request: PolicyRequest): PolicyQuery & { readonly action: string } {
  const { scope, action, realm, subject, client } = request;
  return {
    scope,
    action,
    ...(realm !== undefined && realm !== '' && { realm }),
    ...(subject !== undefined && subject.login !== '' && { subject }),
    ...(client !== undefined && client !== '' && { client }),
  };
}
