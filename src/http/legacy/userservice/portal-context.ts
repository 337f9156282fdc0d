import { Clock } from '@app/kernel';
import { ACTION_CATALOGUE, type CataloguedAction, readBoolean, readInteger } from '@app/policies';
import { type ConfigurationSnapshot, type RealmUser, userFields } from '@app/realms';
import {
  type CurrentUser,
  NewestConfiguration,
  OwnTokens,
  PortalPolicies,
  type SelfServicePolicies,
} from '@app/self-service';
import { EnrolmentPolicies, tokenTypes } from '@app/tokens';
import { isRollout } from '@app/authentication';
import { Injectable } from '@nestjs/common';

import { EnvelopeVersion } from '../../envelope/envelope.js';
import { wireTypeName } from '../../envelope/token-type-names.js';
import { COPYRIGHT } from '../copyright.js';
import { TokenRecords } from '../token-record.js';

const ACTIONS = ACTION_CATALOGUE.filter(
  ({ scope, takesEffect, declared }) =>
    scope === 'selfservice' &&
    declared !== 'refused' &&
    (typeof takesEffect === 'string' ||
      ('waitsFor' in takesEffect && takesEffect.waitsFor.startsWith('userservice/'))),
);

/** What the portal is told of the installation, and of its user (spec/validate-api §4.2, §4.3). */
@Injectable()
export class PortalContext {
  constructor(
    private readonly configuration: NewestConfiguration,
    private readonly clock: Clock,
    private readonly version: EnvelopeVersion,
    private readonly ownTokens: OwnTokens,
    private readonly records: TokenRecords,
  ) {}

  /** Before a login: nobody is known. @throws Unavailable */
  async beforeLogin(client: string): Promise<object> {
    return this.#ofInstallation(await this.configuration.execute(), client);
  }

  #ofInstallation(
    { realms, settings, policies }: ConfigurationSnapshot,
    client: string,
  ): { readonly settings: object } & Record<string, unknown> {
    const { defaultRealm, selfService } = settings;
    const portal = new PortalPolicies(policies, { client, time: this.clock.now() });
    const isShown = (name: string) => selfService.asksForRealm || name === defaultRealm;
    const shown = [...realms.keys()].filter(isShown);
    return {
      version: this.version.text,
      copyright: COPYRIGHT,
      // Neither resolvers nor whose realm administrators are in: nobody is known yet.
      realms: Object.fromEntries(
        shown.map((name) => [name, { realmname: name, default: name === defaultRealm }]),
      ),
      settings: {
        default_realm: defaultRealm ?? '',
        realm_box: selfService.asksForRealm,
        mfa_login: portal.needsSecondFactor(),
        mfa_3_fields: portal.hasOtpField(),
        autoassign: portal.assignsTokens(),
        autoenroll: portal.enrolsTokens(),
        footer_text: portal.footer(),
        imprint_url: portal.imprint(),
        privacy_notice_url: portal.privacyNotice(),
      },
    };
  }

  /** @throws Unavailable; UnreadableLimit */
  async of({ user, policies, configuration }: CurrentUser, client: string): Promise<object> {
    const before = this.#ofInstallation(configuration, client);
    const tokens = await this.ownTokens.execute(user, { onlyActive: false });
    return {
      ...before,
      settings: {
        ...before.settings,
        ...saidOf(policies),
        last_access: configuration.settings.accessTimeFormat !== null,
        token_limits: limitsOf(new EnrolmentPolicies(configuration, user, client, policies.scene.time)),
      },
      user: shownUser(user),
      imprint: '',
      tokenArray: this.records.presentOwn(tokens.filter((token) => !isRollout(token))),
      actions: ACTIONS.filter(({ type, name }) => type === 'bool' && policies.may(name)).map(
        ({ name }) => name,
      ),
    };
  }
}

/** By LinOTP's names, with realm and resolver. */
export function shownUser({ record, realm, references }: RealmUser): object {
  const known: Record<string, unknown> = { ...userFields(record), ...record.attributes };
  const { cryptpass: _, ...fields } = known;
  return { ...fields, realm, resolver: references[0]?.resolver ?? '' };
}

/** What policies say beside rights: their values, and rights that are denied by name. */
function saidOf(policies: SelfServicePolicies): object {
  return Object.fromEntries(
    ACTIONS.flatMap((action): [string, unknown][] => {
      const value = policies.value(action.name);
      if (value === undefined) return [];
      if (action.type === 'bool') return readBoolean(value) ? [] : [[action.name, false]];
      return [[action.name, typedValue(action, value)]];
    }),
  );
}

function typedValue({ type }: CataloguedAction, value: string | boolean): unknown {
  return type === 'int' ? readInteger(value) : String(value);
}

function limitsOf(enrolment: EnrolmentPolicies): object {
  const limited = tokenTypes.flatMap(({ id }) => {
    const limit = enrolment.limitOfUser(id);
    return limit === null ? [] : [{ token_type: wireTypeName(id), max_token: limit }];
  });
  return { all_token: enrolment.limitOfUser(), token_types: limited };
}
