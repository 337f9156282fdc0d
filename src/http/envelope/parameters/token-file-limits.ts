/** How large a file of tokens may be that administrators send, and how many it may hold. */
export class TokenFileLimits {
  constructor(
    readonly bytes: number,
    readonly tokens: number,
  ) {}
}
