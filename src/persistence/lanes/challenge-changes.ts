import type { Confirmation, LoginEffect } from '@app/authentication';

type Effect<K extends LoginEffect['kind']> = Extract<LoginEffect, { readonly kind: K }>;

/** What the logins of a batch do to challenges. */
export interface ChallengeChanges {
  readonly answers: readonly Effect<'answer'>[];
  /** How often open challenges were missed, by their ids, and all open ones of a token, by the token's. */
  readonly missed: ReadonlyMap<number, number>;
  readonly missedAllOf: ReadonlyMap<number, number>;
  /** What devices were to say by that, by the ids of the challenges. */
  readonly missedBy: ReadonlyMap<number, ReadonlySet<Confirmation>>;
  readonly made: readonly Effect<'challenge'>[];
  readonly delivered: readonly Effect<'deliver'>[];
}

export function challengeChanges(effects: readonly LoginEffect[]): ChallengeChanges {
  const missed = new Map<number, number>();
  const missedAllOf = new Map<number, number>();
  const missedBy = new Map<number, Set<Confirmation>>();
  const count = (times: Map<number, number>, id: number) => times.set(id, (times.get(id) ?? 0) + 1);
  for (const effect of effects) {
    if (effect.kind !== 'miss') continue;
    if (effect.challenges === 'open') {
      count(missedAllOf, effect.token.id);
      continue;
    }
    for (const id of effect.challenges) {
      count(missed, id);
      if (effect.confirms) missedBy.set(id, (missedBy.get(id) ?? new Set()).add(effect.confirms));
    }
  }
  return {
    answers: effects.filter((effect) => effect.kind === 'answer'),
    missed,
    missedAllOf,
    missedBy,
    made: effects.filter((effect) => effect.kind === 'challenge'),
    delivered: effects.filter((effect) => effect.kind === 'deliver'),
  };
}
