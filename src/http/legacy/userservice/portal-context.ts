import { Clock } from '@app/kernel';
import { type ConfigurationSnapshot, type RealmUser, userFields } from '@app/realms';
import { type CurrentUser, NewestConfiguration, OwnTokens, PortalPolicies } from '@app/self-service';
import { EnrolmentPolicies, tokenTypes } from '@app/tokens';
import { isRollout } from '@app/authentication';
import { Injectable } from '@nestjs/common';

import { EnvelopeVersion } from '../../envelope/envelope.js';
import { wireTypeName } from '../../envelope/parameters/token-type-names.js';
import { COPYRIGHT } from '../copyright.js';
import { TokenRecords } from '../tokens/token-record.js';

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
    const told = policies.told();
    const tokens = await this.ownTokens.execute(user, { onlyActive: false });
    return {
      ...before,
      settings: {
        ...before.settings,
        ...told.settings,
        last_access: configuration.settings.accessTimeFormat !== null,
        token_limits: limitsOf(new EnrolmentPolicies(configuration, user, client, policies.time)),
      },
      user: shownUser(user),
      imprint: '',
      tokenArray: this.records.presentOwn(tokens.filter((token) => !isRollout(token))),
      actions: told.granted,
    };
  }
}

/** By LinOTP's names, with realm and resolver. */
export function shownUser({ record, realm, references }: RealmUser): object {
  const known: Record<string, unknown> = { ...userFields(record), ...record.attributes };
  const { cryptpass: _, ...fields } = known;
  return { ...fields, realm, resolver: references[0]?.resolver ?? '' };
}

function limitsOf(enrolment: EnrolmentPolicies): object {
  const limited = tokenTypes.flatMap(({ id }) => {
    const limit = enrolment.limitOfUser(id);
    return limit === null ? [] : [{ token_type: wireTypeName(id), max_token: limit }];
  });
  return { all_token: enrolment.limitOfUser(), token_types: limited };
}
