/** One call of a route: what is sent, and how. */
export interface SweptCall {
  readonly method: 'GET' | 'POST';
  /** With its query. */
  readonly path: string;
  readonly body?: FormData | URLSearchParams | string;
  readonly contentType?: string;
}

interface DescribedOperation {
  readonly parameters?: readonly { readonly name: string; readonly in: string }[];
  readonly requestBody?: {
    readonly content: Readonly<Record<string, { readonly schema: { readonly properties?: object } }>>;
  };
}

/** What `/api/docs/openapi.json` says of the routes. */
export interface RouteDescription {
  readonly paths: Readonly<Record<string, Readonly<Record<string, DescribedOperation>>>>;
}

export type Marks = Readonly<Record<'pin' | 'otp' | 'password' | 'seed' | 'session', string>>;

/** Parameters that hold secrets somewhere, with the kind of secret; they are sent to every route, whether it has them or not. */
const SECRET_PARAMETERS: Readonly<Record<string, keyof Marks>> = {
  pass: 'pin',
  password: 'password',
  otp: 'otp',
  otp1: 'otp',
  otp2: 'otp',
  pin: 'pin',
  otppin: 'pin',
  userpin: 'pin',
  sopin: 'pin',
  newpin: 'pin',
  otpkey: 'seed',
  old_password: 'password',
  new_password: 'password',
  BINDPW: 'password',
  Passwd: 'password',
  Password: 'password',
  pskc_password: 'password',
  pskc_preshared: 'seed',
  session: 'session',
  access_token: 'session',
};

/** Where clients send what belongs elsewhere: names that no function has. */
const UNKNOWN_PARAMETERS: Readonly<Record<string, keyof Marks>> = { x: 'pin', y: 'otp', z: 'seed' };

/** What a function would be told; no secret. */
const HARMLESS = 'harmless';

/** Every route with every marked secret in each place that a request has: query, form, JSON, file. */
export function sweptCalls({ paths }: RouteDescription, marks: Marks): readonly SweptCall[] {
  return Object.entries(paths).flatMap(([pattern, operations]) =>
    Object.entries(operations).flatMap(([method, operation]): SweptCall[] => {
      const path = pattern.replaceAll(/\{\w+\}/g, HARMLESS);
      const fields = fieldsOf(operation, marks);
      const query = `${path}?${new URLSearchParams(fields).toString()}`;
      if (method === 'get') return [{ method: 'GET', path: query }];
      const file = new FormData();
      for (const [name, value] of Object.entries(fields)) file.append(name, value);
      file.append('file', new Blob([`${marks.seed},${marks.pin},${marks.password},${marks.otp}\n`]), 'file');
      return [
        { method: 'POST', path, body: new URLSearchParams(fields) },
        { method: 'POST', path: query, body: new URLSearchParams({ httperror: '400' }) },
        { method: 'POST', path, body: JSON.stringify(fields), contentType: 'application/json' },
        { method: 'POST', path, body: JSON.stringify(fields).slice(0, -3), contentType: 'application/json' },
        { method: 'POST', path, body: file },
      ];
    }),
  );
}

function fieldsOf(operation: DescribedOperation, marks: Marks): Record<string, string> {
  const described = [
    ...(operation.parameters ?? []).filter((parameter) => parameter.in !== 'path').map(({ name }) => name),
    ...Object.values(operation.requestBody?.content ?? {}).flatMap(({ schema }) =>
      Object.keys(schema.properties ?? {}),
    ),
  ];
  return {
    // Not httperror: an error is to be told from a failure.
    ...Object.fromEntries(described.filter((name) => name !== 'httperror').map((name) => [name, HARMLESS])),
    ...Object.fromEntries(
      Object.entries({ ...SECRET_PARAMETERS, ...UNKNOWN_PARAMETERS }).map(([name, kind]) => [
        name,
        marks[kind],
      ]),
    ),
    // What is described and named like a secret is one, be it new.
    ...Object.fromEntries(
      described
        .filter((name) => /pass|pin$|^otp\d?$|secret/i.test(name) && !(name in SECRET_PARAMETERS))
        .map((name) => [name, marks.password]),
    ),
  };
}
