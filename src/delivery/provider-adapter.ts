import type { Message, MessageKind } from '@app/realms';

import type { ProviderSettings } from './provider-settings.js';

/** The message was not taken. @param text for the user; @param reason for operators: no secret, and nothing that a server said */
export interface Refusal {
  readonly kind: 'refused';
  readonly text: string;
  readonly reason: string;
  /** It says so, or something else went wrong, and yet some of it may have been sent. */
  readonly mayHaveArrived?: true;
}

export type Outcome = { readonly kind: 'sent'; readonly status: string } | Refusal;

/** One message on its way through one provider. */
export interface Attempt<M extends Message> {
  readonly message: M;
  readonly settings: ProviderSettings;
  /** Aborted when the time is over: connections are to be closed. */
  readonly signal: AbortSignal;
}

/** Sends through one class of providers. */
export interface ProviderAdapter<M extends Message> {
  /** @throws ServerAway; Invalid naming a member of the configuration that cannot be used */
  send(attempt: Attempt<M>): Promise<Outcome>;
}

/** Adapters by kind of message and name of class. */
export type ProviderAdapters = {
  readonly [K in MessageKind]: Readonly<Record<string, ProviderAdapter<Extract<Message, { kind: K }>>>>;
};
