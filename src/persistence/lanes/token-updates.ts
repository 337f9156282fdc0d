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

// Of no token: relied on by logins that saw the same token at two revisions, one of which must be wrong.
const NO_REVISION = -1;

/** An update in the making, changed in place: a copy for each step would be most of what it costs. */
type Draft = { -readonly [Part in keyof TokenUpdate]: TokenUpdate[Part] };

/** One update for each token, in the order in which they come up. */
export function tokenUpdates(effects: Iterable<LoginEffect>): TokenUpdate[] {
  const updates = new Map<number, Draft>();
  for (const effect of effects) {
    // Nothing else of it stands in the token's row, which need not be there any more.
    if (effect.kind === 'deliver' && !effect.givesBack) continue;
    const { id } = effect.token;
    let update = updates.get(id);
    if (!update) updates.set(id, (update = untouched(effect)));
    follow(update, effect);
  }
  return [...updates.values()];
}

function untouched({ token }: LoginEffect): Draft {
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

function follow(update: Draft, effect: LoginEffect): void {
  switch (effect.kind) {
    case 'count-failure':
      return countFailure(update, effect);
    case 'reset-failures':
      return forgetFailures(update);
    case 'accept':
      spend(update, effect);
      if (!effect.keepsFailures) forgetFailures(update);
      return;
    case 'spend':
      return spend(update, effect);
    case 'count-use':
      update.attempts += effect.attempts;
      update.successes += effect.successes;
      return;
    case 'keep-time':
      update.usedAt = effect.at;
      if (effect.isSuccess) update.acceptedAt = effect.at;
      return;
    case 'remember':
      return remember(update, effect);
    case 'answer':
    case 'miss':
      return;
    case 'deliver':
      // Those that were decided before it in the batch counted the place that it gives back.
      if (update.challenges > 0) update.mostChallenges--;
      return;
    case 'rely':
      return relyOnUsable(update, effect);
    case 'challenge': {
      const { since, most } = effect.challenge.limit;
      relyOnUsable(update, effect);
      // Those before it in the batch are among the most that there may be with it.
      update.mostChallenges = update.challenges === 0 ? most : Math.min(update.mostChallenges + 1, most);
      update.challenges++;
      update.challengesSince ??= since;
      return;
    }
    case 'enable':
      update.enables = true;
      return;
    case 'disable':
      relyOnRevision(update, effect.token.revision);
      update.end = effect.kind;
      return;
    case 'remove':
      if (!update.isGuarded) update.isInactive = !effect.token.active;
      update.counterBelow ??= effect.counterBelow ?? null;
      relyOnRevision(update, effect.token.revision);
      update.end = effect.kind;
      return;
  }
}

function forgetFailures(update: Draft): void {
  update.resets = true;
  update.failures = 0;
  update.delays = null;
  update.areFirstDelays = false;
}

/** What came before is relied on as a whole; what comes after relies on nothing that could have changed since. */
function spend(update: Draft, effect: Extract<LoginEffect, { kind: 'accept' | 'spend' }>): void {
  const { once, nextCounter, shiftSeconds, privateId, endsRollOut } = effect.spends;
  update.nextCounter = Math.max(update.nextCounter ?? 0, nextCounter);
  update.shiftSeconds = shiftSeconds ?? update.shiftSeconds;
  update.privateId = privateId ?? update.privateId;
  if (endsRollOut) update.endsRollOut = true;
  relyOnUsable(update, effect);
  // It may be guarded already for something else, which spends nothing, or nothing that is good once only.
  if (once) update.counterBelow ??= nextCounter;
}

/** What an earlier login of the batch remembered stands there for the later ones: only the rest is relied on. */
function remember(update: Draft, effect: Extract<LoginEffect, { kind: 'remember' }>): void {
  const known: InfoChanges = { ...update.recalled, ...update.info };
  update.info = { ...update.info, ...effect.info };
  if (!effect.recalled) return;
  const entries = Object.entries(effect.recalled);
  const isContradicted = entries.some(([name, value]) => name in known && known[name] !== value);
  const fresh = Object.fromEntries(entries.filter(([name]) => !(name in known)));
  relyOnRevision(update, isContradicted ? NO_REVISION : effect.token.revision);
  update.recalled = { ...update.recalled, ...fresh };
}

/** A failure is counted whatever happened meanwhile, unless others before it make it one that nobody was to look at. */
function countFailure(update: Draft, effect: Extract<LoginEffect, { kind: 'count-failure' }>): void {
  const { delay, mostFailures } = effect;
  if (mostFailures !== undefined) relyOnFewFailures(update, mostFailures);
  update.failures++;
  if (!delay) return;
  const { origin, seconds, isFirst } = delay;
  update.delays = { ...(!isFirst && update.delays), [origin]: seconds };
  if (isFirst) update.areFirstDelays = true;
}

/** It is active, at this revision and has few failures. */
function relyOnUsable(
  update: Draft,
  { token, mostFailures }: { readonly token: Token; readonly mostFailures?: number },
): void {
  // One that is not switched on yet takes part while it is paired: its revision tells that nobody has changed that.
  if (!update.isGuarded) update.isInactive = !token.active;
  relyOnRevision(update, token.revision);
  relyOnFewFailures(update, mostFailures ?? token.maxFailures - 1);
}

/** @param most with those that were counted before it in the batch */
function relyOnFewFailures(update: Draft, most: number): void {
  // Counted from zero since then: whatever it had before does not matter.
  if (update.resets) return;
  const before = most - update.failures;
  update.mostFailures = Math.min(update.mostFailures ?? before, before);
}

function relyOnRevision(update: Draft, revision: number): void {
  if (!update.isGuarded) update.revision = revision;
  else if (update.revision !== revision) update.revision = NO_REVISION;
  update.isGuarded = true;
}
