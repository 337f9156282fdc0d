import type { Model } from './model.js';
import type { Town } from './town.js';

/** Plain data that says what to do, whatever the state: a walk can be repeated, and without some of its steps. */
export interface Step {
  /** Whether there is anything to do it with. */
  check(model: Readonly<Model>): boolean;
  /**
   * Does it, in the town and in the model.
   * @param tell what is sent
   * @throws Error when the town answers something else than the model
   */
  run(model: Model, town: Town, tell: (what: string) => void): Promise<'accepted' | void>;
  toString(): string;
}
