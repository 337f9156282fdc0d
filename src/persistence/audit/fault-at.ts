import type { ChainFault, FaultAt } from '@app/audit';

/** A fault that was found outside the walk along a lane. */
export function faultAt(
  lane: number | string,
  fault: ChainFault,
  sequence: number,
  through: number = sequence,
  more: Partial<Pick<FaultAt, 'row' | 'previous' | 'witness'>> = {},
): FaultAt {
  return {
    lane: String(lane),
    sequence,
    through: Math.max(sequence, through),
    fault,
    row: null,
    previous: null,
    next: null,
    ...more,
  };
}
