import type { Fields } from '../../support/clients/admin-agent.js';
import {
  type CreationOptions,
  type KeyBehaviour,
  type RequestOptions,
  SecurityKey,
} from '../../support/clients/security-key.js';
import type { GivenPolicy } from '../../support/domain/given-policies.js';
import { type Envelope, type Person, SelfServiceScene, doneOf } from '../userservice/scene.js';

export const RP_ID = 'sso.example.test';
export const PIN = 'geheim1';
const RIGHTS = 'enrollFIDO2, setOTPPIN, verify, delete, disable, enable, resync, reset';

export interface Asked {
  readonly id: string;
  readonly request: RequestOptions;
  readonly answer: Envelope;
}

/** Users with security keys, on two servers of one installation. */
export class KeyScene {
  private constructor(readonly scene: SelfServiceScene) {}

  static async start(): Promise<KeyScene> {
    return new KeyScene(await SelfServiceScene.start());
  }

  stop(): Promise<void> {
    return this.scene.stop();
  }

  /** No token, no challenge, and policies by which users register keys; beside them, these. */
  async begin(...more: readonly (readonly [scope: string, action: string])[]): Promise<void> {
    await this.scene.begin();
    await this.scene.give(
      { scope: 'selfservice', action: RIGHTS },
      { scope: 'enrollment', action: `fido2_rp_id=${RP_ID}` },
      ...more.map(([scope, action]): GivenPolicy => ({ scope, action })),
    );
  }

  /** The first phase. @returns what the browser is told */
  async asked(serial: string, person: Person = 'anna'): Promise<CreationOptions> {
    const { detail } = await this.scene.enrolled({ type: 'fido2', serial, pin: PIN }, person);
    return detail?.['registerrequest'] as CreationOptions;
  }

  /** Both phases. */
  async registered(serial = 'KEY1', person: Person = 'anna', how: KeyBehaviour = {}): Promise<SecurityKey> {
    const key = new SecurityKey(how);
    const attestationResponse = key.create(await this.asked(serial, person));
    const user = await this.scene.as(person);
    await doneOf(user.post('/userservice/fido2_activate_finish', { serial, attestationResponse }));
    return key;
  }

  /** A user shows the PIN, or a token's is shown, and is asked. @throws where nothing is */
  async challenged(form: Fields = { user: 'anna' }, node = 0): Promise<Asked> {
    const answer = await this.call(form['serial'] ? 'check_s' : 'check', { pass: PIN, ...form }, node);
    const { transactionid: id, signrequest }: Readonly<Record<string, unknown>> = answer.detail ?? {};
    if (typeof id !== 'string' || !signrequest)
      throw new Error(`nothing is asked: ${JSON.stringify(answer)}`);
    return { id, request: signrequest as RequestOptions, answer };
  }

  /** Whether a user is let in by an answer. */
  async accepts(id: string, response: object, form: Fields = { user: 'anna' }, node = 0): Promise<boolean> {
    const pass = JSON.stringify(response);
    const { result } = await this.call('check', { ...form, pass, transactionid: id }, node);
    return result.value === true;
  }

  async call(name: string, form: Fields, node = 0): Promise<Envelope> {
    const { nodes } = this.scene;
    const answer = await fetch(`${nodes[node % nodes.length]?.url}/validate/${name}`, {
      method: 'POST',
      body: new URLSearchParams({ ...form } as Record<string, string>),
    });
    return (await answer.json()) as Envelope;
  }

  async admin(path: string, form: Fields = {}): Promise<Envelope> {
    return (await this.scene.admin.post(path, form)).body as Envelope;
  }

  /** What is stored of a token, but for its description and the like. */
  async stored(serial = 'KEY1') {
    const { active, failures, counter, info } = (await this.scene.stored(serial)) ?? {};
    return { active, failures, counter, info: info as Readonly<Record<string, unknown>> };
  }

  /** The newest record of an action, of whose name records keep 30 characters. */
  async record(action: string): Promise<Record<string, unknown>> {
    const { rows } = await this.scene.database.query(
      `SELECT succeeded, serial, token_type AS type, username AS login, detail, info
       FROM audit_record WHERE action = $1 ORDER BY number DESC LIMIT 1`,
      [action.length > 30 ? `${action.slice(0, 29)}…` : action],
    );
    return rows[0];
  }
}
