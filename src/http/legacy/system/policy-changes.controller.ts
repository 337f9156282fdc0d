import { DomainError, Unavailable } from '@app/kernel';
import type { AdministratorAtWork } from '@app/policies';
import { ImportPolicies, RemovePolicies, SavePolicy, textOfFile, withMaskedSecrets } from '@app/realms';
import { Req } from '@nestjs/common';

import { EnvelopeVersion, type LegacyReply, reply } from '../../envelope/envelope.js';
import { knownWireError } from '../../envelope/errors/legacy-errors.js';
import { Changes, LegacyController } from '../../envelope/routes/legacy-controller.js';
import type { Parameters } from '../../envelope/parameters/parameters.js';
import { rightsOf } from '../../envelope/access/rights.guard.js';
import { UNSPECIFIC, WireError } from '../../envelope/errors/wire-error.js';
import { xmlError, xmlValue } from '../../envelope/errors/xml-error.js';
import { type Exchange, type ExchangeRequest, note } from '../../exchange.js';
import type { RawReply } from '../../server/raw-reply.js';
import { pythonDictionary, pythonQuoted } from '../python-text.js';
import { POLICY_ATTRIBUTES } from './policy-object.js';

const WRITE = { scope: 'system', action: 'write' } as const;

/** What a request says beside what it means. */
const NO_PARTS = new Set(['session', 'csrf_token', 'httperror']);

/** `/system/setPolicy`, `importPolicy`, `delPolicy` (spec/policies §10). */
@LegacyController('system')
export class PolicyChangesController {
  constructor(
    private readonly savePolicy: SavePolicy,
    private readonly importPolicies: ImportPolicies,
    private readonly removePolicies: RemovePolicies,
    private readonly version: EnvelopeVersion,
  ) {}

  @Changes('setPolicy', {
    right: WRITE,
    summary: 'Store a policy; one of the same name is replaced',
    parameters: [
      { name: 'name', description: 'letters, digits and _', required: true },
      { name: 'scope', description: 'which kind of actions', required: true },
      { name: 'action', description: 'actions with commas between them', required: true },
      { name: 'realm', description: 'realms with commas between them, or *', required: true },
      { name: 'user', description: 'user expressions with commas between them' },
      { name: 'client', description: 'addresses and networks with commas between them' },
      { name: 'time', description: 'cron expressions with ; between them' },
      { name: 'active', description: 'True (default) or False' },
      { name: 'enforce', description: 'true: also where nobody may change policies afterwards' },
    ],
  })
  async setPolicy(@Req() { exchange }: ExchangeRequest): Promise<LegacyReply> {
    const { parameters } = exchange;
    const given = {
      name: parameters.text('name'),
      scope: parameters.text('scope'),
      action: parameters.text('action'),
      realm: parameters.text('realm'),
      user: parameters.text('user'),
      client: parameters.text('client'),
      time: parameters.text('time'),
      active: parameters.text('active'),
    };
    const lockout = this.#lockout(exchange, parameters);
    await this.savePolicy.execute({ given, lockout, detail: dump(parameters) }, exchange.audit);
    exchange.isRecorded = true;
    return reply({
      [`setPolicy ${given.name}`]: Object.fromEntries(
        POLICY_ATTRIBUTES.map((attribute) => [attribute, true]),
      ),
    });
  }

  @Changes('delPolicy', {
    right: WRITE,
    summary: 'Remove policies',
    parameters: [
      { name: 'name', description: 'names with commas between them', required: true },
      { name: 'enforce', description: 'true: also where nobody may change policies afterwards' },
    ],
  })
  async delPolicy(@Req() { exchange }: ExchangeRequest): Promise<LegacyReply> {
    const { parameters } = exchange;
    const names = parameters.text('name');
    // LinOTP says no more of it than its name (recording 263).
    if (names === null) throw new WireError(UNSPECIFIC, "'name'");
    const removed = await this.removePolicies.execute(
      names.split(','),
      this.#lockout(exchange, parameters),
      exchange.audit,
    );
    exchange.isRecorded = true;
    const keys = removed.flatMap((name) =>
      POLICY_ATTRIBUTES.map((attribute) => [`linotp.Policy.${name}.${attribute}`, true]),
    );
    return reply({ delPolicy: { result: Object.fromEntries(keys) } });
  }

  @Changes('importPolicy', {
    right: WRITE,
    takesFiles: 'configuration',
    summary: 'Store the policies of a file, all or none',
    parameters: [{ name: 'file', description: 'the file, as an upload', required: true }],
  })
  async importPolicy(@Req() { exchange }: ExchangeRequest): Promise<RawReply> {
    const file = exchange.parameters.files.get('file');
    if (!file) throw new WireError(905, 'missing input file');
    const info = `Policies imported from file <FileStorage: ${pythonQuoted(file.fileName)} (${pythonQuoted(file.contentType)})>`;
    try {
      const count = await this.importPolicies.execute(textOfFile(file.content), info, exchange.audit);
      exchange.isRecorded = true;
      return xmlValue(count, this.version.text);
    } catch (error) {
      if (!(error instanceof DomainError) || error instanceof Unavailable) throw error;
      const wire = knownWireError(error);
      if (!wire) throw error;
      note(exchange, { succeeded: false, info: wire.message });
      return xmlError(wire, this.version.text);
    }
  }

  #lockout(exchange: Exchange, parameters: Parameters): AdministratorAtWork | 'enforced' {
    if (parameters.text('enforce')?.toLowerCase() === 'true') return 'enforced';
    return rightsOf(exchange).administrator;
  }
}

/** All parameters, as Python shows them; without the secrets of servers, which LinOTP's record has. */
function dump(parameters: Parameters): string {
  const names = parameters.names().filter((name) => !NO_PARTS.has(name));
  return withMaskedSecrets(
    pythonDictionary(names.map((name) => [name, parameters.text(name) ?? ''] as const)),
  );
}
