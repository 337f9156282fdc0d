import type { ServerSettings } from '@app/realms';
import type { ServerAnswer, ServerCheck } from '@app/tokens';

/** Asks the servers that know the OTPs of tokens. */
export abstract class TokenServers {
  /** Within a time that it keeps by itself. Whatever goes wrong is an answer that lets nobody in. */
  abstract ask(check: ServerCheck, settings: ServerSettings): Promise<ServerAnswer>;
}
