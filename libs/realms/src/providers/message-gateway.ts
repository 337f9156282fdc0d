/** Texts that hold OTPs: for the recipient, and for no log, error or record. */
export interface SmsMessage {
  readonly kind: 'sms';
  /** A telephone number as it was enrolled. */
  readonly to: string;
  readonly text: string;
}

/** What `<otp>`, `<serial>` and `${name}` stand for is filled in by the provider, which may have a template of its own. */
export interface EmailMessage {
  readonly kind: 'email';
  readonly to: string;
  /** `''`: the provider's. */
  readonly subject: string;
  /** `''`: `<otp>` alone. */
  readonly body: string;
  /** `otp`, `serial`, and what is known of the user. */
  readonly values: Readonly<Record<string, string>>;
}

export interface VoiceMessage {
  readonly kind: 'voice';
  readonly to: string;
  readonly otp: string;
  /** `{otp}` stands for the OTP; the service fills it in. */
  readonly template: string;
  /** `''`: the service's. */
  readonly locale: string;
}

/** What an app on a device is to ask its user. */
export interface PushMessage {
  readonly kind: 'push';
  /** The device's address, as its app told it. */
  readonly to: string;
  readonly transaction: string;
  /** A URL that the app alone can read. */
  readonly challenge: string;
}

export type Message = SmsMessage | EmailMessage | VoiceMessage | PushMessage;
export type MessageKind = Message['kind'];
/** Messages that tell an OTP. */
export type OtpMessageKind = Exclude<MessageKind, 'push'>;

export interface DeliveryOrder {
  readonly message: Message;
  /** Names of providers in the order in which they are tried, as `namedProviders` gives them; none: the default one. */
  readonly providers: readonly string[];
  /** For all attempts together; absent: the installation's. */
  readonly budgetMs?: number;
}

/** How it went. No text holds a secret or a part of the message. */
export type Delivery =
  | { readonly kind: 'sent'; readonly provider: string; readonly status: string }
  /** A provider refused it, or cannot be used as it is configured; no other one was asked. */
  | {
      readonly kind: 'failed';
      readonly provider: string;
      /** For the user, in LinOTP's words. */
      readonly text: string;
      /** For records and operators. */
      readonly reason: string;
      /** The provider says that it failed, or something unexpected did, and yet some of it may have been sent. */
      readonly mayHaveArrived?: true;
    }
  /** No provider answered within the time. The message may have arrived all the same. */
  | {
      readonly kind: 'unavailable';
      readonly text: string;
      readonly reason: string;
      /** No provider was asked, or got as far as a connection: it has certainly not. */
      readonly reachedNobody?: true;
    };

/** Brings a message to somebody. */
export abstract class MessageGateway {
  /** What a message may take unless its order says otherwise. */
  abstract readonly budgetMs: number;
  /** Ends within the order's budget, and does not reject: what goes wrong is an answer. */
  abstract send(order: DeliveryOrder): Promise<Delivery>;
}
