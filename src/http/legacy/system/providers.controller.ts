import {
  ChooseDefaultProvider,
  Configuration,
  DefineProvider,
  PROVIDER_TYPES,
  type ProviderDefinition,
  type ProviderType,
  RemoveProvider,
  TestProvider,
  defaultProvider,
  maskedConfig,
  providersOf,
} from '@app/realms';
import { Req } from '@nestjs/common';

import { type LegacyReply, reply } from '../../envelope/envelope.js';
import { Changes, LegacyController, Reads } from '../../envelope/routes/legacy-controller.js';
import type { Parameters } from '../../envelope/parameters/parameters.js';
import { UNSPECIFIC, WireError } from '../../envelope/errors/wire-error.js';
import { type ExchangeRequest, note } from '../../exchange.js';
import { SECRET_MASK } from '../tokens/masked.js';
import { pythonQuoted, switchWord } from '../python-text.js';

const NAME = { name: 'name', description: 'its name', required: true };
const TYPE = { name: 'type', description: 'sms, email, push or voice', required: true };
const MANAGED = { name: 'managed', description: 'the password of a managed provider' };

/** `/system/setProvider`, `getProvider`, `testProvider`, `delProvider`, `setDefaultProvider` (spec/system-api §6.1). */
@LegacyController('system')
export class ProvidersController {
  constructor(
    private readonly configuration: Configuration,
    private readonly defineProvider: DefineProvider,
    private readonly removeProvider: RemoveProvider,
    private readonly chooseDefaultProvider: ChooseDefaultProvider,
    private readonly testOfProvider: TestProvider,
  ) {}

  @Changes('setProvider', {
    right: { scope: 'system', action: 'write' },
    summary: 'Create or change a provider',
    parameters: [
      NAME,
      TYPE,
      { name: 'class', description: 'e.g. HttpSMSProvider', required: true },
      { name: 'timeout', description: 'seconds, or connect,read', required: true },
      { name: 'config', description: 'JSON; a masked secret is the stored one' },
      { name: 'default', description: 'true: it becomes the default of its type' },
      MANAGED,
    ],
  })
  async setProvider(@Req() { exchange }: ExchangeRequest): Promise<LegacyReply> {
    const { parameters } = exchange;
    const wish = {
      type: providerType(parameters),
      name: required(parameters, 'name'),
      className: required(parameters, 'class'),
      timeout: required(parameters, 'timeout'),
      config: parameters.text('config'),
      mask: SECRET_MASK,
      isDefault: switchWord(parameters.text('default') ?? '') ?? false,
      managed: parameters.text('managed') || null,
    };
    await this.defineProvider.execute(wish, exchange.audit);
    exchange.isRecorded = true;
    return reply(true);
  }

  @Reads('getProvider', {
    right: { scope: 'system', action: 'read' },
    summary: 'The providers of a type; secrets are masked',
    parameters: [TYPE, { name: 'name', description: 'only this one' }],
  })
  getProvider(@Req() { exchange }: ExchangeRequest): LegacyReply {
    const { parameters } = exchange;
    const type = providerType(parameters);
    const name = parameters.text('name');
    const configuration = this.configuration.current();
    const byDefault = defaultProvider(configuration, type)?.name;
    const found = providersOf(configuration, type).filter((provider) => !name || provider.name === name);
    note(exchange, { succeeded: found.length > 0, info: name ?? '' });
    return reply(
      Object.fromEntries(
        found.map((provider) => [provider.name, providerObject(provider, provider.name === byDefault)]),
      ),
    );
  }

  @Reads('testProvider', {
    right: { scope: 'system', action: 'read' },
    summary: 'Whether a voice provider’s server answers; false for other types',
    parameters: [NAME, TYPE],
  })
  async testProvider(@Req() { exchange }: ExchangeRequest): Promise<LegacyReply> {
    const { parameters } = exchange;
    const type = providerType(parameters);
    const name = required(parameters, 'name');
    note(exchange, { info: name });
    const answers = await this.testOfProvider.execute(type, name);
    note(exchange, { succeeded: answers });
    return reply(answers);
  }

  @Changes('delProvider', {
    right: { scope: 'system', action: 'write' },
    summary: 'Remove a provider',
    parameters: [NAME, TYPE, MANAGED],
  })
  async delProvider(@Req() { exchange }: ExchangeRequest): Promise<LegacyReply> {
    const { parameters } = exchange;
    const type = providerType(parameters);
    const name = required(parameters, 'name');
    const managed = parameters.text('managed') || null;
    const removal = await this.removeProvider.execute(type, name, managed, exchange.audit);
    exchange.isRecorded = true;
    switch (removal.kind) {
      case 'default-stays':
        return reply(false, { detail: { message: 'Default provider could not be deleted!' } });
      case 'in-use': {
        const message = `Unable to delete - provider used in policies!\n[${removal.policies.join(', ')}]`;
        return reply(false, { detail: { message } });
      }
      default:
        return reply(removal.kind === 'removed');
    }
  }

  @Changes('setDefaultProvider', {
    right: { scope: 'system', action: 'write' },
    summary: 'Choose the provider that is used where no policy names one',
    parameters: [NAME, TYPE],
  })
  async setDefaultProvider(@Req() { exchange }: ExchangeRequest): Promise<LegacyReply> {
    const { parameters } = exchange;
    const type = providerType(parameters);
    const name = required(parameters, 'name');
    const isChosen = await this.chooseDefaultProvider.execute(type, name, exchange.audit);
    exchange.isRecorded = true;
    if (isChosen) return reply(true);
    return reply(false, { detail: { message: `Unknown provider! ${pythonQuoted(name)}` } });
  }

  /** LinOTP has it, and refuses it whatever is asked (recordings 282, 283). */
  @Reads('getProviderDef', { right: { scope: 'system', action: 'read' }, summary: 'Always refused' })
  getProviderDef(): LegacyReply {
    throw new WireError(410, "Failed to run checkPolicyPre. Unknown method: 'getProviderDef'");
  }
}

function required(parameters: Parameters, name: string): string {
  const value = parameters.text(name);
  if (value === null) throw new WireError(905, `missing key KeyError('${name}')`);
  return value;
}

function providerType(parameters: Parameters): ProviderType {
  const text = required(parameters, 'type');
  const type = PROVIDER_TYPES.find((known) => known === text);
  if (type) return type;
  throw new WireError(UNSPECIFIC, `unknown provider type ${pythonQuoted(text)}`);
}

function providerObject({ className, timeout, config, managedHash }: ProviderDefinition, isDefault: boolean) {
  const isManaged = managedHash !== null;
  return {
    Class: className,
    Timeout: timeout,
    ...(!isManaged && {
      Config: config.use((bytes) => maskedConfig(Buffer.from(bytes).toString('utf8'), SECRET_MASK)),
    }),
    Default: isDefault,
    ...(isManaged && { Managed: true }),
  };
}
