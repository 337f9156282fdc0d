import { type ActionValue, type PolicySubject, asAsked, loginOnly, readInteger } from '@app/policies';
import { type ConfigurationSnapshot, type RealmUser, policySubject } from '@app/realms';
import type { PairedType } from '@app/otp';

import { type CallbackPlaces, placeAction } from '../types/paired/device-challenge.js';
import { PairingUnset } from './pairing.errors.js';

const LARGEST_PARTITION = 0xffff_ffff;
/** Actions by which the app is told where to answer. */
const PLACES = {
  qr: { byUrl: 'qrtoken_pairing_callback_url', bySms: 'qrtoken_pairing_callback_sms' },
  push: { byUrl: 'pushtoken_pairing_callback_url', bySms: null },
} as const;

/** What policies say of the pairing of a new token (spec/policies §8.5, §8.6). */
export class PairingPolicies {
  readonly #realms: readonly string[];
  readonly #subject: PolicySubject;

  /**
   * @param user   who gets the token; `null`: nobody
   * @param realms that it gets into
   */
  constructor(
    private readonly configuration: ConfigurationSnapshot,
    user: RealmUser | null,
    realms: readonly string[],
    private readonly client: string,
    private readonly time: Date,
  ) {
    const own = user ? [user.realm] : realms;
    this.#realms = own.length > 0 ? own : [configuration.settings.defaultRealm ?? ''];
    this.#subject = user ? policySubject(user) : loginOnly('');
  }

  /** Where the app answers the pairing URL. @param id of one of several such places; `''`: the usual one @throws PairingUnset */
  places(type: PairedType, id: string): CallbackPlaces {
    const byUrl = placeAction(PLACES[type].byUrl, id);
    const bySms = PLACES[type].bySms && placeAction(PLACES[type].bySms, id);
    const url = this.#text('authentication', byUrl);
    const sms = bySms === null ? '' : this.#text('authentication', bySms);
    if (url !== '' || sms !== '') return { url, sms };
    const needed = bySms === null ? byUrl : `${byUrl} or ${bySms}`;
    throw new PairingUnset(`Policy ${needed} must have a value`);
  }

  /** @throws PairingUnset for what is no number of 32 bits */
  partition(): number {
    const given = this.#text('enrollment', 'partition');
    if (given === '') return 0;
    const partition = readInteger(given);
    if (partition !== null && partition >= 0 && partition <= LARGEST_PARTITION) return partition;
    throw new PairingUnset(`Policy partition must be a whole number from 0 to ${LARGEST_PARTITION}`);
  }

  /** `''`: none says anything. @throws PairingUnset where they contradict each other, or cannot be read */
  #text(scope: string, action: string): string {
    const { policies } = this.configuration;
    const values = new Set<ActionValue>();
    for (const realm of this.#realms) {
      const [unreadable] = policies.unreadable({ scope, action, realm });
      if (unreadable !== undefined) {
        throw new PairingUnset(`The policy '${unreadable}' cannot be read, and may set ${action}`);
      }
      const { client, time } = this;
      const query = asAsked({ scope, action, realm, subject: this.#subject, client, time });
      const value = policies.hasActive(scope) ? policies.value(query) : undefined;
      if (value !== undefined && value !== '') values.add(value);
    }
    if (values.size > 1) throw new PairingUnset(`Policies for ${action} contradict each other`);
    const [value = ''] = values;
    return typeof value === 'string' ? value.trim() : '';
  }
}
