import {
  AssignOwnToken,
  ChangeOwnToken,
  ForeignToken,
  MissingUserPin,
  type OwnTokenChange,
} from '@app/tokens';
import { Req } from '@nestjs/common';

import { type LegacyReply, reply } from '../../../envelope/envelope.js';
import { Changes, LegacyController } from '../../../envelope/routes/legacy-controller.js';
import type { Parameters } from '../../../envelope/parameters/parameters.js';
import { UNSPECIFIC, WireError } from '../../../envelope/errors/wire-error.js';
import { type Exchange, type ExchangeRequest, note } from '../../../exchange.js';
import { currentUserOf } from '../../../session/users/cookie-user-session-check.js';
import { userPinOf } from '../../admin/enrol/enrolment-parameters.js';
import { resyncQuestions } from '../../question-parameters.js';
import { tokenDescription } from '../../tokens/token-description.js';
import { requiredOwnText } from './required-own-text.js';

const SERIAL = { name: 'serial', description: 'serial of the token', required: true };
const right = (action: string) => ({ scope: 'selfservice', action }) as const;

/** What users do to their tokens (spec/validate-api §4.7). */
@LegacyController('userservice', 'users')
export class OwnTokensController {
  constructor(
    private readonly changeOwnToken: ChangeOwnToken,
    private readonly assignOwnToken: AssignOwnToken,
  ) {}

  @Changes('enable', {
    right: right('enable'),
    countsTokens: true,
    summary: 'Enable a token',
    parameters: [SERIAL],
  })
  async enable(@Req() { exchange }: ExchangeRequest): Promise<LegacyReply> {
    return this.#changed(exchange, () => ({ kind: 'enable' }), { 'enable token': 1 });
  }

  @Changes('disable', {
    right: right('disable'),
    countsTokens: true,
    summary: 'Disable a token',
    parameters: [SERIAL],
  })
  async disable(@Req() { exchange }: ExchangeRequest): Promise<LegacyReply> {
    return this.#changed(exchange, () => ({ kind: 'disable' }), { 'disable token': 1 });
  }

  @Changes('delete', {
    right: right('delete'),
    countsTokens: true,
    summary: 'Delete a token',
    parameters: [SERIAL],
  })
  async delete(@Req() { exchange }: ExchangeRequest): Promise<LegacyReply> {
    return this.#changed(exchange, () => ({ kind: 'remove' }), { 'delete token': 1 });
  }

  @Changes('reset', { right: right('reset'), summary: 'Reset the failure counter', parameters: [SERIAL] })
  async reset(@Req() { exchange }: ExchangeRequest): Promise<LegacyReply> {
    return this.#changed(exchange, () => ({ kind: 'reset' }), { 'reset Failcounter': 1 });
  }

  @Changes('unassign', {
    right: right('unassign'),
    countsTokens: true,
    summary: 'Give a token back',
    parameters: [SERIAL, { name: 'pin', description: 'sets the PIN' }],
  })
  async unassign(@Req() { exchange }: ExchangeRequest): Promise<LegacyReply> {
    const change = (parameters: Parameters): OwnTokenChange => ({
      kind: 'give-back',
      pin: parameters.text('pin') || null,
    });
    return this.#changed(exchange, change, { 'unassign token': true });
  }

  @Changes('setpin', {
    right: right('setOTPPIN'),
    summary: 'Set the PIN of a token',
    parameters: [SERIAL, { name: 'userpin', description: 'the PIN', required: true }],
  })
  async setPin(@Req() { exchange }: ExchangeRequest): Promise<LegacyReply> {
    const change = (parameters: Parameters): OwnTokenChange => ({
      kind: 'set-pin',
      pin: requiredOwnText(parameters, 'userpin'),
    });
    return this.#changed(exchange, change, { 'set userpin': 1 });
  }

  @Changes('setmpin', {
    right: right('setMOTPPIN'),
    summary: 'Set the PIN that a mOTP device asks for',
    parameters: [SERIAL, { name: 'pin', description: 'the PIN', required: true }],
  })
  async setMotpPin(@Req() { exchange }: ExchangeRequest): Promise<LegacyReply> {
    const change = (parameters: Parameters): OwnTokenChange => {
      requiredOwnText(parameters, 'pin');
      return { kind: 'set-user-pin', userPin: userPinOf(parameters, 'pin') };
    };
    return this.#changed(exchange, change, { 'set userpin': 1 });
  }

  @Changes('resync', {
    right: right('resync'),
    summary: 'Synchronise a token by two consecutive one-time passwords',
    parameters: [
      SERIAL,
      { name: 'otp1', description: 'first value', required: true },
      { name: 'otp2', description: 'the value after it', required: true },
      { name: 'challenge1', description: 'the question that otp1 answers (ocra2)' },
      { name: 'challenge2', description: 'the question that otp2 answers (ocra2)' },
    ],
  })
  async resync(@Req() { exchange }: ExchangeRequest): Promise<LegacyReply> {
    const change = (parameters: Parameters): OwnTokenChange => {
      const questions = resyncQuestions(parameters);
      return {
        kind: 'resynchronise',
        otp1: requiredOwnText(parameters, 'otp1'),
        otp2: requiredOwnText(parameters, 'otp2'),
        ...(questions && { questions }),
      };
    };
    return this.#changed(exchange, change, { 'resync Token': true }, { 'resync Token': false });
  }

  @Changes('setdescription', {
    right: right('setDescription'),
    summary: 'Describe a token',
    parameters: [SERIAL, { name: 'description', description: 'up to 80 characters', required: true }],
  })
  async setDescription(@Req() { exchange }: ExchangeRequest): Promise<LegacyReply> {
    const change = (parameters: Parameters): OwnTokenChange => {
      requiredOwnText(parameters, 'description');
      return { kind: 'describe', description: tokenDescription(parameters) ?? '' };
    };
    const isDone = await this.#change(exchange, change);
    if (isDone !== null) return reply({ 'set description': 1 });
    const { login } = currentUserOf(exchange).session.user;
    throw new WireError(UNSPECIFIC, `User '${login}' is not owner of the token`);
  }

  @Changes('assign', {
    right: right('assign'),
    countsTokens: true,
    summary: 'Take a token that nobody has',
    parameters: [
      SERIAL,
      { name: 'description', description: 'describes it, up to 80 characters' },
      { name: 'pin', description: 'sets the PIN' },
    ],
  })
  async assign(@Req() { exchange }: ExchangeRequest): Promise<LegacyReply> {
    const { parameters } = exchange;
    const serial = serialOf(exchange);
    const description = tokenDescription(parameters);
    const given = { pin: parameters.text('pin') || null, ...(description && { description }) };
    await this.assignOwnToken.execute(serial, given, currentUserOf(exchange), exchange.audit);
    exchange.isRecorded = true;
    return reply({ 'assign token': true });
  }

  /** Of a token that is not theirs, users are told nothing (spec/validate-api §4.7, "Not owner"). */
  async #changed(
    exchange: Exchange,
    change: (parameters: Parameters) => OwnTokenChange,
    done: object,
    undone: object = done,
  ): Promise<LegacyReply> {
    const isDone = await this.#change(exchange, change);
    return reply(isDone === null ? {} : isDone ? done : undone);
  }

  /** @returns `null` where the token is not the user's */
  async #change(
    exchange: Exchange,
    changeOf: (parameters: Parameters) => OwnTokenChange,
  ): Promise<boolean | null> {
    const serial = serialOf(exchange);
    const change = changeOf(exchange.parameters);
    try {
      const current = currentUserOf(exchange);
      const isDone = await this.changeOwnToken.execute(serial, change, current, exchange.audit);
      exchange.isRecorded = true;
      return isDone;
    } catch (error) {
      if (error instanceof ForeignToken) return null;
      if (!(error instanceof MissingUserPin)) throw error;
      throw new WireError(UNSPECIFIC, 'This type of pin cannot be set for this token.', { cause: error });
    }
  }
}

/** Noted for the record, whatever comes of it. */
function serialOf(exchange: Exchange): string {
  const serial = requiredOwnText(exchange.parameters, 'serial');
  note(exchange, { serial });
  return serial;
}
