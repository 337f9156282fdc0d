import type { ChainHead } from './chain.js';

/** The head of some lane, as somebody else keeps it. */
export interface LaneHead extends ChainHead {
  readonly lane: string;
}

const HEAD = /^(\d{1,15}):(\d{1,15}):([0-9a-f]{64})$/;

/** Heads as a record or a lane keeps them: `lane:sequence:chain`, chain in hexadecimal, with blanks between them. */
export function headsText(heads: readonly LaneHead[]): string {
  return heads
    .map(({ lane, sequence, chain }) => `${lane}:${sequence}:${Buffer.from(chain).toString('hex')}`)
    .join(' ');
}

/** @returns the heads of such a text; what is none is left out: whether the text is sound, its record's hash tells */
export function parseHeads(text: string): LaneHead[] {
  return text.split(' ').flatMap((part) => {
    const [, lane, sequence, chain] = HEAD.exec(part) ?? [];
    if (lane === undefined || sequence === undefined || chain === undefined) return [];
    return [{ lane, sequence: Number(sequence), chain: Buffer.from(chain, 'hex') }];
  });
}
