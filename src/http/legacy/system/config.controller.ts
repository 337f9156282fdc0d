import {
  Configuration,
  RemoveSetting,
  SaveSettings,
  type SettingWish,
  UserDirectory,
  settingKey,
} from '@app/realms';
import { Req } from '@nestjs/common';

import { type LegacyReply, reply } from '../../envelope/envelope.js';
import { Changes, LegacyController, Reads } from '../../envelope/routes/legacy-controller.js';
import type { Parameters } from '../../envelope/parameters/parameters.js';
import { WireError } from '../../envelope/errors/wire-error.js';
import { type ExchangeRequest, note } from '../../exchange.js';
import { SECRET_MASK } from '../tokens/masked.js';
import { listedConfiguration } from './listed-configuration.js';

/** What a request says beside what it means. */
const NO_SETTINGS = new Set(['session', 'csrf_token', 'httperror']);

const DEFAULTS = [
  'DefaultMaxFailCount',
  'DefaultSyncWindow',
  'DefaultCountWindow',
  'DefaultOtpLen',
  'DefaultResetFailCount',
];
const BLANKS = ' '.repeat(8);

/** A member of the answer: what it says of the value, if anything. */
interface Member {
  readonly name: string;
  readonly shows: string | null;
}

/** `/system/setConfig`, `getConfig`, `delConfig`, `setDefault` (spec/system-api §2). */
@LegacyController('system')
export class ConfigController {
  constructor(
    private readonly configuration: Configuration,
    private readonly directory: UserDirectory,
    private readonly saveSettings: SaveSettings,
    private readonly removeSetting: RemoveSetting,
  ) {}

  @Changes('setConfig', {
    right: { scope: 'system', action: 'write' },
    summary: 'Store settings: one by key and value, or any by their names',
    parameters: [
      { name: 'key', description: 'name of the one setting; absent: each parameter is a setting' },
      { name: 'value', description: 'its value' },
      { name: 'type', description: 'password: the value is sealed and never shown' },
      { name: 'description', description: 'free text' },
    ],
  })
  async setConfig(@Req() { exchange }: ExchangeRequest): Promise<LegacyReply> {
    const { parameters } = exchange;
    const hasKey = parameters.has('key');
    const { wishes, members } = hasKey ? oneWish(parameters) : wishesByName(parameters);
    const saved = await this.saveSettings.execute(
      wishes,
      (pairs) => (hasKey ? pairs.join('') : pairs.map((pair) => `${pair}, `).join('')),
      exchange.audit,
    );
    exchange.isRecorded = true;
    const sealed = new Set(saved.filter(({ isSealed }) => isSealed).map(({ name }) => name));
    const labels = members.map(({ name, shows }) =>
      shows === null ? name : `${name}:${sealed.has(name) ? SECRET_MASK : shows}`,
    );
    return reply(Object.fromEntries(labels.map((label) => [`setConfig ${label}`, true])));
  }

  @Changes('setDefault', {
    right: { scope: 'system', action: 'write' },
    summary: 'Store the settings of new tokens',
    parameters: DEFAULTS.map((name) => ({ name, description: 'as in setConfig' })),
  })
  async setDefault(@Req() { exchange }: ExchangeRequest): Promise<LegacyReply> {
    const parameters = exchange.parameters.lowerCased();
    const wishes = DEFAULTS.flatMap((name): SettingWish[] => {
      const value = parameters.text(name.toLowerCase());
      return value === null ? [] : [{ name, value, type: null, description: null }];
    });
    if (wishes.length === 0) {
      const usage = ['Usage: setDefault: parameters are', ...DEFAULTS, ''].join(BLANKS);
      throw new WireError(77, usage);
    }
    await this.saveSettings.execute(
      wishes,
      (pairs) => pairs.map((pair) => `${pair}, `).join(''),
      exchange.audit,
    );
    exchange.isRecorded = true;
    return reply(Object.fromEntries(wishes.map(({ name }) => [`set ${name}`, true])));
  }

  @Reads('getConfig', {
    right: { scope: 'system', action: 'read' },
    summary: 'One setting, or the whole configuration; secrets are masked',
    parameters: [{ name: 'key', description: 'only this one' }],
  })
  getConfig(@Req() { exchange }: ExchangeRequest): LegacyReply {
    const { parameters } = exchange;
    const all = listedConfiguration(this.configuration.current(), this.directory);
    if (parameters.names().every((name) => NO_SETTINGS.has(name))) {
      note(exchange, { succeeded: true, info: 'complete config' });
      return reply(Object.fromEntries(all));
    }
    const name = requiredKey(parameters);
    const value = all.get(settingKey(name)) ?? null;
    note(exchange, { succeeded: Boolean(value), info: `config key ${name}` });
    return reply({ [`getConfig ${name}`]: value });
  }

  @Changes('delConfig', {
    right: { scope: 'system', action: 'write' },
    summary: 'Forget a setting: its default holds again',
    parameters: [{ name: 'key', description: 'its name', required: true }],
  })
  async delConfig(@Req() { exchange }: ExchangeRequest): Promise<LegacyReply> {
    const name = requiredKey(exchange.parameters);
    await this.removeSetting.execute(name, exchange.audit);
    exchange.isRecorded = true;
    return reply({ [`delConfig ${name}`]: true });
  }
}

function requiredKey(parameters: Parameters): string {
  const key = parameters.text('key');
  if (key === null) throw new WireError(905, 'missing required parameter: key');
  return key;
}

function oneWish(parameters: Parameters): { wishes: SettingWish[]; members: Member[] } {
  const name = parameters.text('key');
  const value = parameters.text('value');
  if (name === null || value === null) throw incomplete();
  const [type, description] = [parameters.text('type'), parameters.text('description')];
  const wishes = [{ name, value: value === SECRET_MASK ? null : value, type, description }];
  return { wishes, members: [{ name, shows: null }] };
}

/** `name=value` each; `name.type` and `name.desc` belong to a `name` that is there too. */
function wishesByName(parameters: Parameters): { wishes: SettingWish[]; members: Member[] } {
  const names = parameters.names().filter((name) => !NO_SETTINGS.has(name));
  const isNote = (name: string) => /\.(type|desc)$/.test(name) && names.includes(name.replace(/\.\w+$/, ''));
  const wishes = names
    .filter((name) => !isNote(name))
    .map((name): SettingWish => {
      const value = parameters.text(name) ?? '';
      return {
        name,
        value: value === SECRET_MASK ? null : value,
        type: parameters.text(`${name}.type`),
        description: parameters.text(`${name}.desc`),
      };
    });
  if (wishes.length === 0) throw incomplete();
  return { wishes, members: names.map((name) => ({ name, shows: parameters.text(name) ?? '' })) };
}

function incomplete(): WireError {
  return new WireError(905, 'Required parameters: value and key');
}
