import { Dice } from '../../../support/audit/dice.js';
import type { Endpoint } from './endpoints.js';
import { NASTY, type Nasty } from './nasty.js';
import { ODDITIES } from './oddities.js';
import { type Field, type Session, requestOf } from './requests.js';
import { type LiveValues, fittingValues, isUsual, usualValue } from './usual.js';
import type { WireRequest } from './wire.js';

/** Whose sessions requests have: an administrator with all rights, one with few, a user of each realm, nobody. */
export const WHO = ['root', 'helpdesk', 'anna', 'berta', 'nobody'] as const;
export type Who = (typeof WHO)[number];
export type Sessions = Readonly<Record<Exclude<Who, 'nobody'>, Session>>;

export interface FuzzCase {
  readonly number: number;
  readonly endpoint: Endpoint;
  readonly who: Who;
  /** The parameter that is bad; `null`: the request as a whole is. */
  readonly parameter: string | null;
  readonly what: string;
  readonly request: WireRequest;
}

interface Place {
  readonly endpoint: Endpoint;
  /** A parameter, in the path or not; `null`: the request as a whole. */
  readonly parameter: string | null;
  readonly nasty: number;
}

/** What nobody described, sent all the same. */
const UNKNOWN = 'nosuchparameter';
const SESSION = 'session';
/** Of what is the same everywhere, each endpoint gets a part. */
const COMMON_EVERY = 8;

/** All bad input at all endpoints, in an order of its own for each seed: n cases in a row are n different ones. */
export class Cases {
  readonly #places: readonly Place[];
  readonly #step: number;
  readonly #start: number;

  constructor(
    endpoints: readonly Endpoint[],
    private readonly seed: number,
    /** Values that are right just now, by the names of parameters. */
    private readonly live: LiveValues = {},
  ) {
    this.#places = endpoints.flatMap((endpoint, at) => {
      const names = [...endpoint.inPath, ...endpoint.parameters];
      const common = [...endpoint.common, UNKNOWN, ...(endpoint.isForUsers ? [SESSION] : [])];
      return [
        ...names.flatMap((parameter) => NASTY.map((_one, nasty) => ({ endpoint, parameter, nasty }))),
        ...common.flatMap((parameter) =>
          NASTY.map((_one, nasty) => ({ endpoint, parameter, nasty })).filter(
            ({ nasty }) => (nasty + at) % COMMON_EVERY === 0,
          ),
        ),
        ...ODDITIES.map((_one, nasty) => ({ endpoint, parameter: null, nasty })),
      ];
    });
    const dice = new Dice(seed);
    this.#start = dice.roll(this.#places.length);
    let step = 1 + dice.roll(this.#places.length);
    while (divisor(step, this.#places.length) !== 1) step++;
    this.#step = step;
  }

  /** Different ones that there are; what comes behind them differs in who asks and in how. */
  get count(): number {
    return this.#places.length;
  }

  /** The same for the same seed and number; only sessions differ. */
  at(number: number, sessions: Sessions): FuzzCase {
    const index = (this.#start + this.#step * (number % this.count)) % this.count;
    const place = this.#places[index];
    if (!place) throw new Error(`no case ${number}`);
    const dice = new Dice(this.seed ^ Math.imul(number + 1, 0x9e3779b1));
    const { endpoint, parameter } = place;
    const who = whoAsks(endpoint, dice);
    const session = who === 'nobody' ? null : sessions[who];
    const nasty = NASTY[place.nasty] ?? dice.pick(NASTY);
    const inPath = new Map(
      endpoint.inPath.map((name) => [name, name === parameter ? nasty : usual(name, dice, this.live)]),
    );
    const request = requestOf(
      endpoint,
      fieldsOf({ endpoint, bad: parameter, nasty, session, live: this.live }, dice),
      inPath,
      session,
      dice,
    );
    if (parameter !== null)
      return { number, endpoint, who, parameter, what: `${parameter}: ${nasty.name}`, request };
    const oddity = ODDITIES[place.nasty] ?? dice.pick(ODDITIES);
    return { number, endpoint, who, parameter, what: oddity.name, request: oddity.apply(request, dice) };
  }
}

function whoAsks({ route, isForUsers }: Endpoint, dice: Dice): Who {
  if (isForUsers) return dice.pick(['anna', 'anna', 'anna', 'anna', 'berta', 'root', 'nobody']);
  if (route?.isPublic) return dice.pick(['nobody', 'nobody', 'root', 'anna']);
  return dice.pick(['root', 'root', 'root', 'root', 'helpdesk', 'helpdesk', 'anna', 'nobody']);
}

interface Wish {
  readonly endpoint: Endpoint;
  /** The parameter that is bad. */
  readonly bad: string | null;
  readonly nasty: Nasty;
  readonly session: Session | null;
  readonly live: LiveValues;
}

function fieldsOf({ endpoint, bad, nasty, session, live }: Wish, dice: Dice): readonly Field[] {
  const fields: Field[] = [];
  // Few others, which mean something: functions then get to the bad one. Or anything beside it.
  const isLean = dice.roll(3) > 0;
  const fitting = isLean ? fittingValues(bad) : new Map<string, string>();
  for (const name of endpoint.parameters) {
    if (name === bad) continue;
    const isSent = isLean ? isUsual(name, live) && dice.roll(2) === 0 : dice.roll(3) === 0;
    const fits = fitting.get(name);
    if (fits !== undefined) fields.push({ name, value: { name: 'fitting', bytes: Buffer.from(fits) } });
    else if (endpoint.required.has(name) || isSent) fields.push({ name, value: usual(name, dice, live) });
  }
  if (bad !== SESSION && session?.proof) {
    fields.push({ name: SESSION, value: { name: 'the session', bytes: Buffer.from(session.proof) } });
  }
  if (bad !== null && !endpoint.inPath.includes(bad)) fields.push({ name: bad, value: nasty });
  // What is bad is then shown in a page; for markup that is what it is about.
  if (dice.roll(nasty.name === 'markup' ? 2 : 16) === 0) {
    fields.push({ name: 'httperror', value: { name: 'usual', bytes: Buffer.from('400') } });
  }
  return fields;
}

function usual(name: string, dice: Dice, live: LiveValues): Nasty {
  return { name: 'usual', bytes: Buffer.from(usualValue(name, dice, live)) };
}

function divisor(one: number, other: number): number {
  return other === 0 ? one : divisor(other, one % other);
}
