import { Clock } from '@app/kernel';
import { type ExplainedPolicy, type PolicyQuery, type PolicySubject, asAsked } from '@app/policies';
import { Configuration } from '@app/realms';
import { Req } from '@nestjs/common';

import { type LegacyReply, reply } from '../envelope/envelope.js';
import { GetsOnly, LegacyController } from '../envelope/routes/legacy-controller.js';
import type { Parameters } from '../envelope/parameters/parameters.js';
import { missingParameter, UNSPECIFIC, WireError } from '../envelope/errors/wire-error.js';
import { type ExchangeRequest, note } from '../exchange.js';
import { policyObject } from '../legacy/system/policy-object.js';
import { PolicySubjects } from '../legacy/system/policy-subjects.js';

/** Their users are administrators, and their realms those of what is administered. */
const ADMINISTRATION = new Set(['admin', 'system', 'audit', 'tools', 'monitoring', 'reporting.access']);

/** `/api/v2/policies`: our own. */
@LegacyController('api/v2/policies')
export class PoliciesV2Controller {
  constructor(
    private readonly configuration: Configuration,
    private readonly subjects: PolicySubjects,
    private readonly clock: Clock,
  ) {}

  @GetsOnly('explain', {
    right: { scope: 'system', action: 'read' },
    summary: 'Which policies were looked at, why each does or does not match, and which decide',
    parameters: [
      { name: 'scope', description: 'scope of the policies', required: true },
      { name: 'action', description: 'what is to be decided; absent: which policies match at all' },
      {
        name: 'user',
        description: 'login or login@realm; of an administrator in the scopes of administration',
      },
      { name: 'realm', description: 'realm; absent: the user’s in the scopes of users, else any' },
      { name: 'client', description: 'address of the client; absent: any' },
      { name: 'time', description: 'ISO 8601; absent: now; some actions do not go by it' },
    ],
  })
  async explain(@Req() { exchange }: ExchangeRequest): Promise<LegacyReply> {
    const query = await this.#queryOf(exchange.parameters);
    const { isScopeInUse, grants, value, decidedBy, policies } = this.configuration
      .current()
      .policies.explain(asAsked(query));
    const { scope, action, realm, subject, client } = query;
    const { time } = asAsked(query);
    note(exchange, { succeeded: true, info: `scope = ${scope}, action = ${action ?? 'None'}` });
    return reply({
      query: {
        scope,
        action: action ?? null,
        realm: realm ?? null,
        user: subject ? { login: subject.login, realm: subject.realm, resolvers: subject.resolvers } : null,
        client: client ?? null,
        time: time?.toISOString() ?? null,
      },
      scopeInUse: isScopeInUse,
      grants,
      value: value ?? null,
      decidedBy,
      policies: policies.map(explained),
    });
  }

  async #queryOf(parameters: Parameters): Promise<PolicyQuery> {
    const text = (name: string) => parameters.text(name) || null;
    const scope = text('scope');
    if (scope === null) throw missingParameter('scope');
    const [action, user, named, client] = [text('action'), text('user'), text('realm'), text('client')];
    const isOfAdministrators = ADMINISTRATION.has(scope);
    const subject =
      user === null
        ? null
        : isOfAdministrators
          ? await this.#administrator(user)
          : await this.subjects.inRealm(user, named ?? '');
    const realm = named ?? (isOfAdministrators ? null : (subject?.realm ?? null));
    return {
      scope,
      ...(action !== null && { action }),
      ...(subject !== null && { subject }),
      ...(realm !== null && { realm }),
      ...(client !== null && { client }),
      ...(isOfAdministrators && { emptyClientIsAny: true }),
      time: timeOf(text('time')) ?? this.clock.now(),
    };
  }

  #administrator(user: string): Promise<PolicySubject> {
    const { adminRealm } = this.configuration.current();
    return user.includes('@') ? this.subjects.fromText(user) : this.subjects.inRealm(user, adminRealm);
  }
}

function explained({ policy, outcome, matches, conditions, problems }: ExplainedPolicy) {
  return {
    ...policyObject(policy),
    outcome,
    matches,
    conditions: conditions.map(
      ({ condition, text, isAsked, matches: doesMatch, precision, entry, reason }) => ({
        condition,
        text,
        asked: isAsked,
        matches: doesMatch,
        precision,
        entry,
        reason,
      }),
    ),
    problems,
  };
}

/** `null`: none is given. @throws WireError for a text that is no time */
function timeOf(text: string | null): Date | null {
  if (text === null) return null;
  const time = new Date(text);
  if (!/^\d{4}-\d\d-\d\d/.test(text) || Number.isNaN(time.getTime())) {
    throw new WireError(UNSPECIFIC, 'time: a date and time as ISO 8601 has them, e.g. 2026-11-22T15:30:00Z');
  }
  return time;
}
