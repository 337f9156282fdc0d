import { expectationOf } from './expectations.js';
import type { Replayed } from './replay.js';

/** Where the recordings stand, in a few lines for whoever runs them. */
export function summary(outcomes: readonly Replayed[]): string {
  const counts = { built: 0, differs: 0 };
  const waiting = new Map<string, string[]>();
  const hints: string[] = [];
  for (const { recording, differences } of outcomes) {
    const expectation = expectationOf(recording.name);
    if (expectation.kind !== 'waits') {
      counts[expectation.kind]++;
      continue;
    }
    waiting.set(expectation.reason, [...(waiting.get(expectation.reason) ?? []), recording.name]);
    if (differences.length === 0 && !expectation.isEqualAlready)
      hints.push(`${recording.n} ${recording.name}`);
  }
  const total = [...waiting.values()].flat().length;
  const reasons = [...waiting].map(([reason, names]) => `  ${String(names.length).padStart(3)}  ${reason}`);
  return [
    `\n${counts.built} recordings to be equal, ${counts.differs} meant to differ, ${total} waiting for:`,
    ...reasons,
    ...(hints.length > 0
      ? ['waiting, and equal already (built meanwhile?):', ...hints.map((hint) => `  ${hint}`)]
      : []),
    '',
  ].join('\n');
}
