import { Invalid } from '@app/kernel';

import { lengthPrefixed } from './chain.js';
import type { LaneHead } from './lane-heads.js';
import type { SignatureCheck } from './lane-verifier.js';

/** Where all lanes stood at a time, signed: kept elsewhere, it shows later whether anything before it is gone. */
export interface Checkpoint {
  readonly at: Date;
  readonly keyId: string;
  readonly heads: readonly LaneHead[];
  readonly signature: Uint8Array;
}

const CHECKPOINT_FORMAT = 'twinlock-audit-checkpoint-1';
const DIGITS = /^\d{1,15}$/;
const CHAIN = /^[0-9a-f]{64}$/;

/** What a checkpoint's signature signs: its time and key, then lane, sequence and chain value of each head. */
export function checkpointMessage({ at, keyId, heads }: Omit<Checkpoint, 'signature'>): Buffer {
  const parts = heads.flatMap(({ lane, sequence, chain }) => [lane, String(sequence), chain]);
  return lengthPrefixed([CHECKPOINT_FORMAT, String(at.getTime()), keyId, ...parts]);
}

/** The file of a checkpoint (docs/audit.md, "Checkpoints"). */
export function formatCheckpoint({ at, keyId, heads, signature }: Checkpoint): string {
  const lanes = heads.map(({ lane, sequence, chain }) => ({
    lane,
    sequence,
    chain: Buffer.from(chain).toString('hex'),
  }));
  const content = {
    format: CHECKPOINT_FORMAT,
    at: at.toISOString(),
    keyId,
    lanes,
    signature: Buffer.from(signature).toString('base64'),
  };
  return `${JSON.stringify(content, null, 1)}\n`;
}

/** @throws Invalid when it is no checkpoint, or its signature does not fit */
export function parseCheckpoint(text: string, isSigned: SignatureCheck): Checkpoint {
  const checkpoint = readCheckpoint(text);
  if (!checkpoint) throw new Invalid('checkpoint', `it is not of the format ${CHECKPOINT_FORMAT}`);
  if (!isSigned(checkpointMessage(checkpoint), checkpoint.signature)) {
    throw new Invalid(
      'checkpoint',
      `its signature does not fit: it was changed, or is of another installation (key ${checkpoint.keyId})`,
    );
  }
  return checkpoint;
}

function readCheckpoint(text: string): Checkpoint | null {
  let content: unknown;
  try {
    content = JSON.parse(text);
  } catch {
    return null;
  }
  if (typeof content !== 'object' || content === null) return null;
  const { format, at, keyId, lanes, signature } = content as Record<string, unknown>;
  if (format !== CHECKPOINT_FORMAT || typeof at !== 'string' || Number.isNaN(Date.parse(at))) return null;
  if (typeof keyId !== 'string' || typeof signature !== 'string' || !Array.isArray(lanes)) return null;
  const heads = lanes.map(readHead);
  if (!heads.every((head) => head !== null)) return null;
  return { at: new Date(at), keyId, heads, signature: Buffer.from(signature, 'base64') };
}

/** @returns `null` where it is none */
export function readHead(value: unknown): LaneHead | null {
  if (typeof value !== 'object' || value === null) return null;
  const { lane, sequence, chain } = value as Record<string, unknown>;
  if (typeof lane !== 'string' || !DIGITS.test(lane)) return null;
  if (typeof sequence !== 'number' || !Number.isSafeInteger(sequence) || sequence < 0) return null;
  if (typeof chain !== 'string' || !CHAIN.test(chain)) return null;
  return { lane, sequence, chain: Buffer.from(chain, 'hex') };
}
