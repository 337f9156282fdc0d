/** As much of the library as the tests use; it brings no types. */
declare module 'smpp' {
  namespace smpp {
    interface Pdu {
      readonly system_id: string;
      readonly password: string;
      readonly system_type: string;
      readonly source_addr: string;
      readonly destination_addr: string;
      readonly dest_addr_ton: number;
      readonly data_coding: number;
      readonly short_message: { readonly message: string; readonly udh?: readonly Buffer[] };
      response(fields?: Record<string, unknown>): Pdu;
    }
    interface Session {
      on(event: string, listen: (pdu: Pdu) => void): void;
      send(pdu: Pdu): void;
      enquire_link(): void;
      deliver_sm(fields: Record<string, unknown>): void;
      close(): void;
      destroy(): void;
    }
  }
  const smpp: { createServer(listen: (session: smpp.Session) => void): unknown };
  export default smpp;
}
