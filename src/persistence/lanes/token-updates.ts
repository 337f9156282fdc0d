import type { LoginEffect } from '@app/authentication';
import type { InfoChanges, Token, TokenInfo } from '@app/tokens';

/** What the logins of a batch do to one token, one after the other, and what that relies on. */
export interface TokenUpdate {
  readonly id: number;
  /** Relied on: the token is active, at `revision`, and what `counterBelow` says. */
  readonly isGuarded: boolean;
  /** It need not be active: it was not, and is to be removed as it is, or is being paired. */
  readonly isInactive: boolean;
  readonly revision: number;
  /** Relied on: it has so many failures at most, before those of the batch. `null`: however many it has. */
  readonly mostFailures: number | null;
  /** Its counter is below this one. `null`: whatever it is. */
  readonly counterBelow: number | null;
  /** `null`: as it is. */
  readonly nextCounter: number | null;
  readonly shiftSeconds: number | null;
  /** The private id of the device, learnt from the match: it has none, or this one. `null`: nothing is learnt. */
  readonly privateId: string | null;
  /** Its roll-out is over: what was shared for it is forgotten. */
  readonly endsRollOut: boolean;
  /** Whether the failures that it has are forgotten, before `failures` are added. */
  readonly resets: boolean;
  readonly failures: number;
  /** Seconds that logins wait from now on, by where they come from; `null`: nothing changes about that. */
  readonly delays: Readonly<Record<string, number>> | null;
  /** Whether those are the first since failures were forgotten. */
  readonly areFirstDelays: boolean;
  /** Added to its uses. Relied on: its limits leave room for them. */
  readonly attempts: number;
  readonly successes: number;
  /** When it was last used, and accepted, as exactly as that is kept; `null`: as it is. */
  readonly usedAt: Date | null;
  readonly acceptedAt: Date | null;
  /** Entries of its info that are set, or removed. `null`: it stays as it is. */
  readonly info: InfoChanges | null;
  /** Its info has these entries. `null`: whatever it has. */
  readonly recalled: TokenInfo | null;
  /** So many challenges are made for it. Relied on: since then there are no more than these, with them. */
  readonly challenges: number;
  readonly challengesSince: Date | null;
  readonly mostChallenges: number;
  /** Whether it can be used from now on. */
  readonly enables: boolean;
  /** What becomes of it in the end. */
  readonly end: 'disable' | 'remove' | null;
}

const FORGOTTEN = { resets: true, failures: 0, delays: null, areFirstDelays: false } as const;

// Of no token: relied on by logins that saw the same token at two revisions, one of which must be wrong.
const NO_REVISION = -1;

/** One update for each token, in the order in which they come up. */
export function tokenUpdates(effects: Iterable<LoginEffect>): TokenUpdate[] {
  const updates = new Map<number, TokenUpdate>();
  for (const effect of effects) {
    // Nothing else of it stands in the token's row, which need not be there any more.
    if (effect.kind === 'deliver' && !effect.givesBack) continue;
    const { id } = effect.token;
    updates.set(id, followedBy(updates.get(id) ?? untouched(effect), effect));
  }
  return [...updates.values()];
}

function untouched({ token }: LoginEffect): TokenUpdate {
  return {
    id: token.id,
    isGuarded: false,
    isInactive: false,
    revision: token.revision,
    mostFailures: null,
    counterBelow: null,
    nextCounter: null,
    shiftSeconds: null,
    privateId: null,
    endsRollOut: false,
    resets: false,
    failures: 0,
    delays: null,
    areFirstDelays: false,
    attempts: 0,
    successes: 0,
    usedAt: null,
    acceptedAt: null,
    info: null,
    recalled: null,
    challenges: 0,
    challengesSince: null,
    mostChallenges: 0,
    enables: false,
    end: null,
  };
}

function followedBy(update: TokenUpdate, effect: LoginEffect): TokenUpdate {
  switch (effect.kind) {
    case 'count-failure':
      return failed(update, effect);
    case 'reset-failures':
      return { ...update, ...FORGOTTEN };
    case 'accept':
      return effect.keepsFailures ? spent(update, effect) : { ...spent(update, effect), ...FORGOTTEN };
    case 'spend':
      return spent(update, effect);
    case 'count-use': {
      const { attempts, successes } = effect;
      return {
        ...update,
        attempts: update.attempts + attempts,
        successes: update.successes + successes,
      };
    }
    case 'keep-time':
      return {
        ...update,
        usedAt: effect.at,
        acceptedAt: effect.isSuccess ? effect.at : update.acceptedAt,
      };
    case 'remember':
      return remembering(update, effect);
    case 'answer':
    case 'miss':
      return update;
    case 'deliver':
      // Those that were decided before it in the batch counted the place that it gives back.
      return update.challenges === 0 ? update : { ...update, mostChallenges: update.mostChallenges - 1 };
    case 'rely':
      return usable(update, effect);
    case 'challenge': {
      const { since, most } = effect.challenge.limit;
      const relied = usable(update, effect);
      return {
        ...relied,
        challenges: update.challenges + 1,
        challengesSince: update.challengesSince ?? since,
        // Those before it in the batch are among the most that there may be with it.
        mostChallenges: update.challenges === 0 ? most : Math.min(update.mostChallenges + 1, most),
      };
    }
    case 'enable':
      return { ...update, enables: true };
    case 'disable':
      return { ...reliedOn(update, effect.token.revision), end: effect.kind };
    case 'remove': {
      const isInactive = update.isGuarded ? update.isInactive : !effect.token.active;
      const counterBelow = update.counterBelow ?? effect.counterBelow ?? null;
      return { ...reliedOn(update, effect.token.revision), isInactive, counterBelow, end: effect.kind };
    }
  }
}

/** What came before is relied on as a whole; what comes after relies on nothing that could have changed since. */
function spent(update: TokenUpdate, effect: Extract<LoginEffect, { kind: 'accept' | 'spend' }>): TokenUpdate {
  const { once, nextCounter, shiftSeconds, privateId, endsRollOut } = effect.spends;
  const spending = {
    ...update,
    nextCounter: Math.max(update.nextCounter ?? 0, nextCounter),
    shiftSeconds: shiftSeconds ?? update.shiftSeconds,
    privateId: privateId ?? update.privateId,
    endsRollOut: update.endsRollOut || (endsRollOut ?? false),
  };
  const relied = usable(spending, effect);
  // It may be guarded already for something else, which spends nothing, or nothing that is good once only.
  return once ? { ...relied, counterBelow: update.counterBelow ?? nextCounter } : relied;
}

/** What an earlier login of the batch remembered stands there for the later ones: only the rest is relied on. */
function remembering(update: TokenUpdate, effect: Extract<LoginEffect, { kind: 'remember' }>): TokenUpdate {
  const remembered = { ...update, info: { ...update.info, ...effect.info } };
  if (!effect.recalled) return remembered;
  const known: InfoChanges = { ...update.recalled, ...update.info };
  const entries = Object.entries(effect.recalled);
  const isContradicted = entries.some(([name, value]) => name in known && known[name] !== value);
  const fresh = Object.fromEntries(entries.filter(([name]) => !(name in known)));
  const relied = reliedOn(remembered, isContradicted ? NO_REVISION : effect.token.revision);
  return { ...relied, recalled: { ...update.recalled, ...fresh } };
}

/** A failure is counted whatever happened meanwhile, unless others before it make it one that nobody was to look at. */
function failed(update: TokenUpdate, effect: Extract<LoginEffect, { kind: 'count-failure' }>): TokenUpdate {
  const { delay, mostFailures } = effect;
  const relied = mostFailures === undefined ? update : withFewFailures(update, mostFailures);
  const counted = { ...relied, failures: update.failures + 1 };
  if (!delay) return counted;
  const { origin, seconds, isFirst } = delay;
  const delays = { ...(!isFirst && update.delays), [origin]: seconds };
  return { ...counted, delays, areFirstDelays: update.areFirstDelays || isFirst };
}

/** It is active, at this revision and has few failures. */
function usable(
  update: TokenUpdate,
  { token, mostFailures }: { readonly token: Token; readonly mostFailures?: number },
): TokenUpdate {
  // One that is not switched on yet takes part while it is paired: its revision tells that nobody has changed that.
  const isInactive = update.isGuarded ? update.isInactive : !token.active;
  const relied = { ...reliedOn(update, token.revision), isInactive };
  return withFewFailures(relied, mostFailures ?? token.maxFailures - 1);
}

/** @param most with those that were counted before it in the batch */
function withFewFailures(update: TokenUpdate, most: number): TokenUpdate {
  // Counted from zero since then: whatever it had before does not matter.
  if (update.resets) return update;
  const before = most - update.failures;
  return { ...update, mostFailures: Math.min(update.mostFailures ?? before, before) };
}

function reliedOn(update: TokenUpdate, revision: number): TokenUpdate {
  if (!update.isGuarded) return { ...update, isGuarded: true, revision };
  return { ...update, revision: update.revision === revision ? revision : NO_REVISION };
}
