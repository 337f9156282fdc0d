import {
  ACTION_CATALOGUE,
  type ActionValue,
  type CataloguedAction,
  type Expression,
  type PolicySubject,
  asAsked,
  readBoolean,
  readInteger,
  searchExpression,
} from '@app/policies';
import { type ConfigurationSnapshot, type RealmUser, policySubject } from '@app/realms';

import { realmsOf } from '../administer/enrol/enrolment-policies.js';
import { type PinAlphabet, type PinRules, mergedPinRules, pinRefusal } from './pin-rules.js';
import { PinRefused, SelfServiceDenied, UnreadablePinRule } from './self-service.errors.js';

const SCOPE = 'selfservice';

/** What the self-service is told about a user's actions (spec/validate-api §4.3). */
export interface ToldActions {
  /** Those of yes or no that are granted, in the order of the catalogue. */
  readonly granted: readonly string[];
  /** What policies say of the others, and those of yes or no that one of them says no to. */
  readonly settings: Readonly<Record<string, boolean | number | string>>;
}

/** Characters that PIN policies mean, as LinOTP has them: `;-_` is a range. By the setting that changes it. */
const ALPHABET = {
  letters: ['Policy.pin_c', '[a-zA-Z]'],
  digits: ['Policy.pin_n', '[0-9]'],
  special: ['Policy.pin_s', String.raw`[.:,;-_<>+*!/()=?$§%&#~\^]`],
} as const;

const TOLD: readonly CataloguedAction[] = ACTION_CATALOGUE.filter(
  ({ scope, takesEffect }) => scope === SCOPE && !(typeof takesEffect === 'object' && 'never' in takesEffect),
);

/**
 * What policies of scope `selfservice` say of a user (spec/policies §8.3): nothing is granted unless one of them does. Pure:
 * on the configuration, the client and the time of one request.
 */
export class SelfServicePolicies {
  readonly #subject: PolicySubject;

  /** @param client the address of the user's client */
  constructor(
    private readonly configuration: ConfigurationSnapshot,
    private readonly user: RealmUser,
    private readonly client: string,
    readonly time: Date,
  ) {
    this.#subject = policySubject(user);
  }

  /** Of an action of yes or no. */
  may(action: string): boolean {
    const { policies } = this.configuration;
    return policies.hasActive(SCOPE) && policies.grants(this.#query(action));
  }

  /** @throws SelfServiceDenied unless a policy grants it */
  demand(action: string): void {
    if (!this.may(action)) throw new SelfServiceDenied(action);
  }

  /** Whether users without a token log in with their password alone. Not by `*`: it lets people in. */
  passesWithoutToken(): boolean {
    const value = this.value('mfa_passOnNoToken');
    return value !== undefined && readBoolean(value);
  }

  /** What a policy says; `undefined`: none says anything. */
  value(action: string): ActionValue | undefined {
    const { policies } = this.configuration;
    return policies.hasActive(SCOPE) ? policies.value(this.#query(action)) : undefined;
  }

  /** The same as a whole number; `null`: none says anything that is one. */
  whole(action: string): number | null {
    const value = this.value(action);
    return value === undefined ? null : readInteger(value);
  }

  /** Whether the user may have messages sent elsewhere than the user store says: unless a policy says no, or may say so. */
  mayEdit(action: 'edit_sms' | 'edit_email'): boolean {
    const { policies } = this.configuration;
    if (!policies.hasActive(SCOPE)) return true;
    if (policies.unreadable({ scope: SCOPE, action, realm: this.user.realm }).length > 0) return false;
    const value = this.value(action);
    return value === undefined || readInteger(value) === 1;
  }

  /** Every action that a policy speaks of. */
  told(): ToldActions {
    const granted: string[] = [];
    const settings: Record<string, boolean | number | string> = {};
    if (!this.configuration.policies.hasActive(SCOPE)) return { granted, settings };
    for (const { name, type } of TOLD) {
      if (type === 'bool' && this.may(name)) granted.push(name);
      else {
        const value = this.value(name);
        const typed = value === undefined ? null : typedValue(value, type);
        if (typed !== null) settings[name] = typed;
      }
    }
    return { granted, settings };
  }

  /** @throws PinRefused; UnreadablePinRule where it cannot be told what a PIN has to be */
  demandPin(pin: string): void {
    const rules = this.#pinRules();
    const refusal = pinRefusal(pin, rules, rules.contents === '' ? null : this.#alphabet());
    if (refusal) throw new PinRefused(refusal);
  }

  /** Of all realms that have one of the user's resolvers. */
  #pinRules(): PinRules {
    const numbers = (action: string) =>
      this.#inRealms(action).map(({ value, place }) => {
        const number = readInteger(value);
        if (number === null) throw new UnreadablePinRule(place, action);
        return number;
      });
    const texts = (action: string) =>
      this.#inRealms(action).map(({ value, place }) => {
        if (typeof value !== 'string') throw new UnreadablePinRule(place, action);
        return value;
      });
    return mergedPinRules({
      least: numbers('otp_pin_minlength'),
      most: numbers('otp_pin_maxlength'),
      contents: texts('otp_pin_contents'),
    });
  }

  #inRealms(action: string): { readonly value: ActionValue; readonly place: string }[] {
    const { policies } = this.configuration;
    if (!policies.hasActive(SCOPE)) return [];
    return realmsOf(this.user, this.configuration).flatMap((realm) => {
      const [unreadable] = policies.unreadable({ scope: SCOPE, action, realm });
      if (unreadable !== undefined) throw new UnreadablePinRule(`The policy '${unreadable}'`, action);
      const said = policies.valueWithPolicy(this.#query(action, realm));
      // `!otp_pin_minlength` is no rule.
      if (!said || said.value === false) return [];
      return [{ value: said.value, place: `The policy '${said.policy.name}'` }];
    });
  }

  #alphabet(): PinAlphabet {
    const expression = ([key, usual]: readonly [string, string]): Expression => {
      const set = this.configuration.entries.get(key)?.value;
      try {
        return searchExpression(typeof set === 'string' && set !== '' ? set : usual);
      } catch {
        throw new UnreadablePinRule(`The setting ${key}`, 'otp_pin_contents');
      }
    };
    const { letters, digits, special } = ALPHABET;
    return { letters: expression(letters), digits: expression(digits), special: expression(special) };
  }

  #query(action: string, realm = this.user.realm) {
    const { client, time } = this;
    return asAsked({ scope: SCOPE, action, realm, subject: this.#subject, client, time });
  }
}

/** @returns `null` for what is no value of the type */
function typedValue(value: ActionValue, type: CataloguedAction['type']): boolean | number | string | null {
  if (type === 'bool') return readBoolean(value);
  if (type === 'int') return readInteger(value);
  return value === true ? 'True' : value;
}
