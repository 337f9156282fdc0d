/** How an action's value is read (spec/policies §3); `set` is a number where it is all digits, else text. */
export type ActionType = 'bool' | 'int' | 'str' | 'string' | 'set' | readonly ['int', 'duration'];

export type ActionDefault = boolean | number | string | null;

/** Where an action takes effect: by the name of what consults it. */
export type TakesEffect =
  | string
  /** Nothing acts on it and nothing will, and why: LinOTP declares it, so its policies can be stored. */
  | { readonly never: string };

/** What is known of an action. */
export interface CataloguedAction {
  readonly scope: string;
  readonly name: string;
  readonly type: ActionType;
  /** What holds where no policy says anything, or what does in words: `null`, `fallbackText`. */
  readonly fallback: ActionDefault;
  readonly fallbackText?: string;
  /** The only values. */
  readonly allowed?: readonly (number | string)[];
  /** The words of which a value is made, with blanks between them. */
  readonly range?: readonly string[];
  /** One sentence. */
  readonly sentence: string;
  readonly takesEffect: TakesEffect;
  /** LinOTP's own text in `getPolicyDef`, under its name there (recording 253). */
  readonly desc?: string;
  readonly description?: string;
  /** Whether `name.part=value` is looked up as well. */
  readonly hasSubKeys?: true;
  /** Not in LinOTP 3.4.4. */
  readonly since?: '4.0';
  /**
   * `silent`: accepted, but not told by `getPolicyDef`. `refused`: LinOTP reads it, and refuses to store it; nor do we,
   * it is another scope's action.
   */
  readonly declared?: 'silent' | 'refused';
}

export type ActionOfScope = Omit<CataloguedAction, 'scope'>;

type More = Partial<Omit<ActionOfScope, 'name' | 'sentence' | 'takesEffect'>>;

function describe(type: ActionType, fallback: ActionDefault) {
  return (name: string, takesEffect: TakesEffect, sentence: string, more: More = {}): ActionOfScope => ({
    name,
    type,
    fallback,
    sentence,
    takesEffect,
    ...more,
  });
}

export const flag = describe('bool', false);
export const whole = describe('int', null);
export const text = describe('str', null);
export const set = describe('set', null);

export const ofScope = (scope: string, actions: readonly ActionOfScope[]): readonly CataloguedAction[] =>
  actions.map((action) => ({ scope, ...action }));
