/** A login that another server decides. */
export interface RemoteLogin {
  /** Its URL, as a policy has it: secrets in it are sealed. */
  readonly server: string;
  readonly login: string;
  /** `''`: none. */
  readonly realm: string;
  readonly password: string;
  /** What else the client said, by the names that servers of this kind know. */
  readonly options: ReadonlyMap<string, string>;
}

export type RemoteAnswer =
  | { readonly kind: 'accepted' }
  | { readonly kind: 'rejected' }
  /** Nobody is let in: what the server says beside is for the client, as it is. */
  | { readonly kind: 'detail'; readonly detail: RemoteDetail }
  /** It could not be asked, or its answer means nothing. @param reason for operators: no secret, and nothing that it said */
  | { readonly kind: 'failed'; readonly reason: string };

/** What a server told: JSON that nobody here has looked into. */
export type RemoteDetail = Readonly<Record<string, unknown>>;

/** Asks servers elsewhere. */
export abstract class RemoteAuthentication {
  /** Within a time that it keeps by itself. Whatever goes wrong is an answer that lets nobody in. */
  abstract ask(login: RemoteLogin): Promise<RemoteAnswer>;
}
