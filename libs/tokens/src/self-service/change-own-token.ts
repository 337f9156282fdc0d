import type { AuditContext } from '@app/audit';
import type { RandomSource } from '@app/kernel';
import type { ConfigurationSnapshot, RealmUser } from '@app/realms';

import { ChangeSettings } from '../administer/change-settings.js';
import { RemoveTokens } from '../administer/remove-tokens.js';
import { ResetFailures } from '../administer/reset-failures.js';
import { ResyncTokens } from '../administer/resync-tokens.js';
import { SetUserPin } from '../administer/set-user-pin.js';
import { SwitchTokens } from '../administer/switch-tokens.js';
import { UnassignToken } from '../administer/owners/unassign-token.js';
import type { TokenAdministration } from '../token-administration.js';
import { OwnChanges } from './own-changes.js';
import { OwnTokenTerms } from './own-token-terms.js';
import type { SelfServicePolicies } from './self-service-policies.js';

/** Who looks after their own tokens, and what is decided by: all of one request. */
export interface OwnTokenCaller {
  readonly user: RealmUser;
  readonly policies: SelfServicePolicies;
  readonly configuration: ConfigurationSnapshot;
}

/** What a user does to a token that they have. */
export type OwnTokenChange =
  | { readonly kind: 'enable' | 'disable' | 'remove' | 'reset' }
  /** @property pin that it has from now on; `null`: its own */
  | { readonly kind: 'give-back'; readonly pin: string | null }
  | { readonly kind: 'set-pin'; readonly pin: string }
  /** The PIN that the device asks for. */
  | { readonly kind: 'set-user-pin'; readonly userPin: string }
  /** @property questions what the OTPs answer, of a token that asks; absent: nothing is said */
  | {
      readonly kind: 'resynchronise';
      readonly otp1: string;
      readonly otp2: string;
      readonly questions?: readonly [string, string];
    }
  | { readonly kind: 'describe'; readonly description: string };

/** Changes one of a user's own tokens (spec/validate-api §4.7). Whether policies grant it was asked before. */
export class ChangeOwnToken {
  readonly #changes: OwnChanges;

  constructor(
    administration: TokenAdministration,
    private readonly random: RandomSource,
  ) {
    this.#changes = new OwnChanges(administration);
  }

  /**
   * @param serial the whole serial: a `*` stands for itself, and no token can be meant by it
   * @returns whether it was done: two OTPs may not be the token's
   * @throws UnknownToken, ForeignToken, PinRefused, UnreadablePinRule, MissingUserPin, ResyncImpossible, RealmTokensExceeded, UnreadableLimit,
   *         Unavailable
   */
  async execute(
    serial: string,
    change: OwnTokenChange,
    { user, policies, configuration }: OwnTokenCaller,
    context: AuditContext,
  ): Promise<boolean> {
    const terms = new OwnTokenTerms(user);
    const target = { serial, owner: null };
    const { random } = this;
    switch (change.kind) {
      case 'enable':
      case 'disable': {
        const isActive = change.kind === 'enable';
        await new SwitchTokens(this.#changes).execute(target, isActive, configuration, terms, context);
        return true;
      }
      case 'remove':
        await new RemoveTokens(this.#changes).execute([serial], null, configuration, terms, context);
        return true;
      case 'reset':
        await new ResetFailures(this.#changes).execute(target, terms, context);
        return true;
      case 'give-back': {
        const { pin } = change;
        if (pin !== null) policies.demandPin(pin);
        const unassign = new UnassignToken(this.#changes, random);
        await unassign.execute(serial, user.login, configuration, terms, context, pin);
        return true;
      }
      case 'set-pin': {
        const { pin } = change;
        policies.demandPin(pin);
        const settings = new ChangeSettings(this.#changes, random);
        await settings.execute(target, { pin }, '', configuration, terms, context);
        return true;
      }
      case 'describe': {
        const { description } = change;
        const settings = new ChangeSettings(this.#changes, random);
        await settings.execute(target, { description }, '', configuration, terms, context);
        return true;
      }
      case 'set-user-pin':
        await new SetUserPin(this.#changes).execute(serial, change.userPin, terms, context);
        return true;
      case 'resynchronise': {
        const { otp1, otp2, questions } = change;
        return new ResyncTokens(this.#changes).execute(target, otp1, otp2, terms, context, questions);
      }
    }
  }
}
