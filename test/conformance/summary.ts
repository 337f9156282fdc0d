import { expectationOf } from './expectations.js';
import type { Replayed } from './replay.js';

/** Where the recordings stand, in a line for whoever runs them. */
export function summary(outcomes: readonly Replayed[]): string {
  const counts = { built: 0, differs: 0 };
  for (const { recording } of outcomes) counts[expectationOf(recording.name).kind]++;
  return `\n${counts.built} recordings to be equal, ${counts.differs} meant to differ\n`;
}
