import { Clock } from '@app/kernel';
import { policyDefinitions, scopeDefinitions } from '@app/policies';
import { Configuration, type PolicySelection, selectPolicies, writePolicyFile } from '@app/realms';
import { Req } from '@nestjs/common';

import { type LegacyAnswer, type LegacyReply, reply } from '../../envelope/envelope.js';
import { LegacyController, Reads } from '../../envelope/routes/legacy-controller.js';
import type { Parameters } from '../../envelope/parameters/parameters.js';
import { WireError } from '../../envelope/errors/wire-error.js';
import { type Exchange, type ExchangeRequest, note } from '../../exchange.js';
import { RawReply } from '../../server/raw-reply.js';
import { pythonList } from '../python-text.js';
import { policiesByName, policySection } from './policy-object.js';
import { PolicySubjects } from './policy-subjects.js';
import { policyTable } from './policy-table.js';

const READ = { scope: 'system', action: 'read' } as const;

const SELECTION = [
  { name: 'name', description: 'exact name' },
  { name: 'realm', description: 'policies that name it, or else those with *' },
  { name: 'scope', description: 'exact scope' },
] as const;

/** `/system/getPolicy`, `policies_flexi`, `getPolicyDef`, `checkPolicy` (spec/policies §10). */
@LegacyController('system')
export class PoliciesController {
  constructor(
    private readonly configuration: Configuration,
    private readonly subjects: PolicySubjects,
    private readonly clock: Clock,
  ) {}

  @Reads('getPolicy', {
    right: READ,
    summary: 'Policies by their names, or as a file',
    parameters: [
      { name: 'name', description: 'names with commas between them' },
      ...SELECTION.slice(1),
      { name: 'action', description: 'policies with this action, or with *' },
      { name: 'user', description: 'policies with this text among their users, or with *' },
      { name: 'display_inactive', description: 'anything: inactive ones too' },
      { name: 'export', description: 'true: the file that importPolicy reads' },
    ],
  })
  getPolicy(@Req() { exchange }: ExchangeRequest): LegacyAnswer {
    return this.#getPolicy(exchange);
  }

  @Reads('getPolicy/:id', {
    right: READ,
    summary: 'As getPolicy; the last part of the path is what browsers call the file',
  })
  getNamedPolicy(@Req() { exchange }: ExchangeRequest): LegacyAnswer {
    return this.#getPolicy(exchange);
  }

  #getPolicy(exchange: Exchange): LegacyAnswer {
    const parameters = exchange.parameters.lowerCased();
    const { policies } = this.configuration.current();
    const action = parameters.text('action') ?? '';
    const user = parameters.text('user') ?? '';
    const selection = {
      ...selectionOf(parameters),
      ...(action !== '' && { action }),
      ...(user !== '' && { user }),
      includesInactive: (parameters.text('display_inactive') ?? '') !== '',
    };
    const names = parameters.text('name');
    const found =
      names === null
        ? selectPolicies(policies, selection)
        : names.split(',').flatMap((name) => selectPolicies(policies, { ...selection, name: name.trim() }));
    const [name, realm, scope] = ['name', 'realm', 'scope'].map((each) => parameters.text(each) ?? 'None');
    note(exchange, { succeeded: true, info: `name = ${name}, realm = ${realm}, scope = ${scope}` });
    if (parameters.text('export') !== 'true') return reply(policiesByName(found));
    const unique = [...new Map(found.map((policy) => [policy.name, policy])).values()];
    return new RawReply(writePolicyFile(unique.map(policySection)), 'text/plain; charset=utf-8', {
      headers: { 'content-disposition': 'attachment; filename=policy.cfg' },
    });
  }

  @Reads('policies_flexi', {
    right: READ,
    summary: 'Policies as rows of a table, inactive ones too',
    parameters: [
      ...SELECTION,
      { name: 'sortname', description: 'column', required: true },
      { name: 'sortorder', description: 'desc reverses' },
      { name: 'page', description: 'from 1' },
      { name: 'rp', description: 'rows on a page; all by default' },
    ],
  })
  policiesFlexi(@Req() { exchange }: ExchangeRequest): RawReply {
    const parameters = exchange.parameters.lowerCased();
    const name = parameters.text('name');
    const selection = { ...selectionOf(parameters), ...(name !== null && { name }), includesInactive: true };
    const found = selectPolicies(this.configuration.current().policies, selection);
    const table = policyTable(found, parameters);
    note(exchange, { succeeded: true });
    return table;
  }

  @Reads('getPolicyDef', {
    right: READ,
    summary: 'Which actions there are, and what their values may be',
    parameters: [{ name: 'scope', description: 'only of this one' }],
  })
  getPolicyDef(@Req() { exchange }: ExchangeRequest): LegacyReply {
    const scope = exchange.parameters.lowerCased().text('scope') || null;
    note(exchange, { succeeded: true, info: scope ?? '' });
    return reply(scope === null ? policyDefinitions() : scopeDefinitions(scope));
  }

  @Reads('checkPolicy', {
    right: READ,
    summary: 'Whether policies allow something to somebody',
    parameters: ['user', 'realm', 'scope', 'action', 'client'].map((name) => ({
      name,
      description: name === 'user' ? 'login, or login@realm' : 'as in a request',
      required: true,
    })),
  })
  async checkPolicy(@Req() { exchange }: ExchangeRequest): Promise<LegacyReply> {
    const parameters = exchange.parameters.lowerCased();
    const user = demanded(parameters, 'user');
    const realm = demanded(parameters, 'realm');
    const scope = demanded(parameters, 'scope');
    const action = demanded(parameters, 'action');
    const client = demanded(parameters, 'client');
    const { policies } = this.configuration.current();
    note(exchange, { succeeded: true, detail: `action = ${action}, realm = ${realm}, scope = ${scope}` });
    const isOfAdministrators = scope === 'admin' || scope === 'system';
    if (isOfAdministrators && !policies.hasActive(scope)) {
      note(exchange, { info: `allowed since no policies in scope ${scope}` });
      return reply({ allowed: true, policy: `No policies in scope ${scope}` });
    }
    const granting = policies.granting({
      scope,
      action,
      ...(realm !== '' && { realm }),
      ...(user !== '' && { subject: await this.subjects.fromText(user) }),
      ...(client !== '' && { client }),
      ...(isOfAdministrators ? { emptyClientIsAny: true } : { time: this.clock.now() }),
    });
    if (granting.length === 0) return reply({ allowed: false, policy: {} });
    note(exchange, { info: `allowed by policy ${pythonList(granting.map(({ name }) => name))}` });
    return reply({ allowed: true, policy: policiesByName(granting) });
  }
}

function selectionOf(parameters: Parameters): Pick<PolicySelection, 'realm' | 'scope'> {
  const realm = parameters.text('realm');
  const scope = parameters.text('scope');
  return { ...(realm !== null && { realm }), ...(scope !== null && { scope }) };
}

function demanded(parameters: Parameters, name: string): string {
  const text = parameters.text(name);
  if (text === null) throw new WireError(905, `missing required parameter: ${name}`);
  return text;
}
