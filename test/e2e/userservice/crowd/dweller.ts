import { RFC_KEY_HEX, hotpAt } from '../../../support/clients/otp.js';

interface Owned {
  description: string;
  active: boolean;
  counter: number;
}

export interface Answered {
  readonly status: number;
  readonly json: {
    readonly result: { readonly status: boolean; readonly value?: unknown };
    readonly detail?: Readonly<Record<string, unknown>>;
  };
}

/** How a dweller's requests reach one node or another. */
export type Ask = (
  name: string,
  parameters: object,
  session: string | null,
) => Promise<Answered & { cookie: string | null }>;

/** Below a limit, each as likely as any other. */
export type Draw = (limit: number) => number;

/**
 * One of many users of the self-service at once: knows what is theirs, and that every answer has to be about that and nothing
 * else.
 */
export class Dweller {
  #session: string | null = null;
  readonly #tokens = new Map<string, Owned>();
  /** What they wanted to do with others' tokens is theirs, too. */
  readonly #wanted = new Set<string>();
  #made = 0;

  constructor(
    readonly login: string,
    private readonly password: string,
    private readonly ask: Ask,
    private readonly draw: Draw,
  ) {}

  /** A token of theirs, if they have one. */
  serial(): string | null {
    const serials = [...this.#tokens.keys()];
    return serials[this.draw(serials.length || 1)] ?? null;
  }

  async logIn(): Promise<void> {
    const { json, cookie } = await this.ask('login', { login: this.login, password: this.password }, null);
    this.#demand(json.result.value === true && cookie !== null, 'login', json);
    this.#session = cookie;
  }

  /** @param other somebody else, whose tokens and session are none of theirs */
  async act(other: Dweller): Promise<void> {
    const acts = [
      () => this.#list(),
      () => this.#list(),
      () => this.#context(),
      () => this.#info(),
      () => this.#enrol(),
      () => this.#describe(),
      () => this.#switch(),
      () => this.#verify(),
      () => this.#history(),
      () => this.#delete(),
      () => this.#tryForeign(other),
      () => this.#actAs(other),
    ];
    await acts[this.draw(acts.length)]?.();
  }

  async #list(): Promise<void> {
    const { json } = await this.#done('usertokenlist', {});
    const listed = (json.result.value as Record<string, unknown>[]).map((token) => [
      token['LinOtp.TokenSerialnumber'],
      token['LinOtp.TokenDesc'],
      token['LinOtp.Isactive'],
    ]);
    const known = [...this.#tokens].map(([serial, { description, active }]) => [serial, description, active]);
    this.#demand(isSame(listed.toSorted(byFirst), known.toSorted(byFirst)), 'usertokenlist', listed);
  }

  async #context(): Promise<void> {
    const { json } = await this.#done('context', {});
    const { user, tokenArray } = json.detail as {
      user: { username: string };
      tokenArray: Record<string, unknown>[];
    };
    const serials = tokenArray.map((token) => token['LinOtp.TokenSerialnumber']);
    const isTheirs = user.username === this.login && serials.length === this.#tokens.size;
    this.#demand(
      isTheirs && serials.every((serial) => this.#tokens.has(String(serial))),
      'context',
      json.detail,
    );
  }

  async #info(): Promise<void> {
    const { json } = await this.#done('userinfo', {});
    const { username } = json.result.value as { username: string };
    this.#demand(username === this.login, 'userinfo', json);
  }

  async #enrol(): Promise<void> {
    const serial = `${this.login}-${this.#made++}`;
    const description = `of ${this.login}`;
    const { json } = await this.#done('enroll', { type: 'hmac', serial, description, otpkey: RFC_KEY_HEX });
    const url = (json.detail as { googleurl: { value: string } }).googleurl.value;
    this.#demand(url.startsWith(`otpauth://hotp/LinOTP:${this.login}?`), 'enroll', url);
    this.#tokens.set(serial, { description, active: true, counter: 0 });
  }

  async #describe(): Promise<void> {
    const [serial, token] = this.#one() ?? [];
    if (serial === undefined || !token) return this.#enrol();
    const description = `${this.login} ${this.draw(1_000_000)}`;
    const { json } = await this.#done('setdescription', { serial, description });
    this.#demand(isSame(json.result.value, { 'set description': 1 }), 'setdescription', json);
    token.description = description;
  }

  async #switch(): Promise<void> {
    const [serial, token] = this.#one() ?? [];
    if (serial === undefined || !token) return this.#enrol();
    const name = token.active ? 'disable' : 'enable';
    const { json } = await this.#done(name, { serial });
    this.#demand(isSame(json.result.value, { [`${name} token`]: 1 }), name, json);
    token.active = !token.active;
  }

  async #verify(): Promise<void> {
    const [serial, token] = this.#one() ?? [];
    if (serial === undefined || !token?.active) return this.#enrol();
    const { json } = await this.#done('verify', { serial, otp: hotpAt(token.counter) });
    this.#demand(json.result.value === true, 'verify', json);
    token.counter++;
  }

  async #history(): Promise<void> {
    const { json } = await this.#done('history', { rp: '50' });
    const { rows } = json as unknown as { rows: { cell: readonly string[] }[] };
    const isTheirs = (serial: string) =>
      serial === '' || serial.startsWith(`${this.login}-`) || this.#wanted.has(serial);
    this.#demand(
      rows.every(({ cell }) => isTheirs(cell[3] ?? '?')),
      'history',
      rows,
    );
  }

  async #delete(): Promise<void> {
    const [serial] = this.#one() ?? [];
    if (serial === undefined) return this.#enrol();
    const { json } = await this.#done('delete', { serial });
    this.#demand(isSame(json.result.value, { 'delete token': 1 }), 'delete', json);
    this.#tokens.delete(serial);
  }

  /** What is another's stays as it is: they find it so when their turn comes. */
  async #tryForeign(other: Dweller): Promise<void> {
    const serial = other.serial();
    if (serial === null) return this.#list();
    this.#wanted.add(serial);
    const tries: readonly (readonly [name: string, parameters: object])[] = [
      ['delete', { serial }],
      ['disable', { serial }],
      ['setdescription', { serial, description: `taken by ${this.login}` }],
      ['verify', { serial, otp: hotpAt(0) }],
    ];
    const [name, parameters] = tries[this.draw(tries.length)] ?? ['delete', { serial }];
    const { json } = await this.ask(name, parameters, this.#session);
    const { status, value } = json.result;
    this.#demand(!status || isSame(value, {}), `${name} of ${serial}`, json);
  }

  /** A cookie of one session with the proof of another is none. */
  async #actAs(other: Dweller): Promise<void> {
    const { status } = await this.ask('usertokenlist', { session: other.#session }, this.#session);
    this.#demand(status === 401, 'usertokenlist of another', status);
  }

  #one(): [string, Owned] | null {
    const tokens = [...this.#tokens];
    return tokens[this.draw(tokens.length || 1)] ?? null;
  }

  async #done(name: string, parameters: object): Promise<Answered> {
    const answer = await this.ask(name, parameters, this.#session);
    const isDone = answer.status === 200 && (name === 'history' || answer.json.result.status);
    this.#demand(isDone, name, answer);
    return answer;
  }

  #demand(holds: boolean, what: string, found: unknown): void {
    if (!holds) throw new Error(`${this.login}: ${what}: ${JSON.stringify(found)}`);
  }
}

function isSame(one: unknown, other: unknown): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}

function byFirst([one]: readonly unknown[], [other]: readonly unknown[]): number {
  return String(one).localeCompare(String(other));
}
