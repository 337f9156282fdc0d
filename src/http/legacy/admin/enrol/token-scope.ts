import type { Parameters } from '../../../envelope/parameters/parameters.js';
import { UNSPECIFIC, WireError } from '../../../envelope/errors/wire-error.js';

const MOST_PATHS = 10;
const LONGEST_PATH = 40;

/** Paths whose tokens LinOTP takes for those of a roll-out. */
const ROLL_OUT = ['userservice', 'validate'];

/** What a token is called that is meant for the roll-out of others, unless it is called something else. */
export const ROLL_OUT_DESCRIPTION = 'rollout token';

/**
 * The paths that a new token is meant for: `scope`, or `rollout` with any value (spec/token-types §3.2). What is not
 * understood is refused: it must not make a token that is good for every path.
 * @returns `null`: not said
 */
export function scopePaths(parameters: Parameters): readonly string[] | null {
  if (!parameters.has('scope')) return parameters.has('rollout') ? ['userservice'] : null;
  const paths = pathsOf(parsed(parameters.text('scope') ?? ''));
  if (paths !== null) return paths;
  throw new WireError(
    UNSPECIFIC,
    'scope must be JSON like {"path": ["userservice"]}, and nothing else in it',
  );
}

export function isForRollOut(paths: readonly string[]): boolean {
  return paths.some((path) => ROLL_OUT.includes(path));
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function pathsOf(scope: unknown): readonly string[] | null {
  if (typeof scope !== 'object' || scope === null || !('path' in scope)) return null;
  const { path, ...others } = scope;
  if (!Array.isArray(path) || Object.keys(others).length > 0) return null;
  // None at all means everything to LinOTP, and nothing to whoever reads it.
  if (path.length === 0 || path.length > MOST_PATHS) return null;
  return path.every(isPath) ? path : null;
}

function isPath(path: unknown): path is string {
  return typeof path === 'string' && path.length <= LONGEST_PATH && /^[\w.-]+$/.test(path);
}
