const DAY_MS = 86_400_000;

/** The time before which records are more than so many days old: a midnight, UTC. */
export function recordedBefore(days: number, now: Date): Date {
  return new Date((Math.floor(now.getTime() / DAY_MS) - days) * DAY_MS);
}
