import { createHash, generateKeyPairSync, randomBytes, sign } from 'node:crypto';

export const U2F_APP_ID = 'https://otp.example.com';

/** What a server asks, as far as a key and its browser look at it. */
export interface U2fRequest {
  readonly challenge: string;
  readonly appId: string;
  readonly keyHandle: string;
}

/** What a test wants otherwise than it should be. */
export interface U2fWhims {
  readonly origin?: string;
  /** For whom the key signs, whatever is asked. */
  readonly appId?: string;
  readonly keyHandle?: string;
  readonly challenge?: string;
  readonly counter?: number;
  readonly isPresent?: boolean;
  readonly type?: string;
  /** Another member name for the type, as clients of old have it. */
  readonly typeName?: 'typ' | 'type';
  /** The signature is over something else. */
  readonly badSignature?: boolean;
}

/**
 * A key that was registered by U2F, and its browser: of old (FIDO U2F Raw Message Formats §5.4, FIDO U2F JavaScript API §3.2), or with
 * WebAuthn (Level 3 §10.1.1).
 */
export class U2fDevice {
  readonly handle = randomBytes(64);
  readonly #pair = generateKeyPairSync('ec', { namedCurve: 'P-256' });

  constructor(
    readonly appId = U2F_APP_ID,
    public counter = 5,
  ) {}

  /** The public key: not compressed, 65 bytes. */
  get point(): Buffer {
    const { x = '', y = '' } = this.#pair.publicKey.export({ format: 'jwk' });
    return Buffer.concat([Buffer.of(4), Buffer.from(x, 'base64url'), Buffer.from(y, 'base64url')]);
  }

  /** As LinOTP keeps it in a token's info. */
  get info() {
    return {
      phase: 'authentication',
      appId: this.appId,
      keyHandle: padded(this.handle),
      publicKey: padded(this.point),
      counter: String(this.counter),
    };
  }

  /** What a browser of old answers. */
  signed(request: U2fRequest, whims: U2fWhims = {}): string {
    const { clientData, data, signature } = this.#answer(request, 'navigator.id.getAssertion', whims);
    return JSON.stringify({
      keyHandle: whims.keyHandle ?? request.keyHandle,
      clientData: clientData.toString('base64url'),
      signatureData: Buffer.concat([data.subarray(32), signature]).toString('base64url'),
    });
  }

  /** What a browser answers that is told the extension `appid`. */
  asserted(request: U2fRequest, whims: U2fWhims = {}): string {
    const { clientData, data, signature } = this.#answer(request, 'webauthn.get', whims);
    const id = whims.keyHandle ?? request.keyHandle;
    return JSON.stringify({
      id,
      rawId: id,
      type: 'public-key',
      response: {
        clientDataJSON: clientData.toString('base64url'),
        authenticatorData: data.toString('base64url'),
        signature: signature.toString('base64url'),
      },
      clientExtensionResults: { appid: true },
    });
  }

  #answer(request: U2fRequest, type: string, whims: U2fWhims) {
    const { appId = request.appId, origin = new URL(this.appId).origin, isPresent = true } = whims;
    this.counter = whims.counter ?? this.counter + 1;
    const clientData = Buffer.from(
      JSON.stringify({
        [whims.typeName ?? 'type']: whims.type ?? type,
        challenge: whims.challenge ?? request.challenge.replace(/=+$/, ''),
        origin,
      }),
    );
    const tail = Buffer.alloc(5);
    tail.writeUInt8(isPresent ? 1 : 0);
    tail.writeUInt32BE(this.counter, 1);
    const data = Buffer.concat([sha256(appId), tail]);
    const signs = Buffer.concat([data, whims.badSignature ? sha256('else') : sha256(clientData)]);
    return { clientData, data, signature: sign('sha256', signs, this.#pair.privateKey) };
  }
}

function sha256(data: string | Buffer): Buffer {
  return createHash('sha256').update(data).digest();
}

function padded(bytes: Buffer): string {
  return bytes.toString('base64').replaceAll('+', '-').replaceAll('/', '_');
}

/** What LinOTP's `/admin/show` says of such a token. */
export function shownU2f(serial: string, device: U2fDevice, more: object = {}): object {
  return {
    'LinOtp.TokenSerialnumber': serial,
    'LinOtp.TokenType': 'u2f',
    'LinOtp.TokenDesc': '',
    'LinOtp.TokenInfo': JSON.stringify(device.info, null, 1),
    'LinOtp.Isactive': true,
    'LinOtp.RealmNames': [],
    'User.username': '',
    ...more,
  };
}

/** The whole answer, as it is saved to a file. */
export function shownTokens(rows: readonly object[]): string {
  return JSON.stringify({ result: { status: true, value: { data: rows } } }, null, 3);
}
