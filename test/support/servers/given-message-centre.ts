import type { AddressInfo, Server } from 'node:net';

import smpp from 'smpp';

/** A short message as it arrived. */
export interface ReceivedShortMessage {
  readonly source: string;
  readonly destination: string;
  readonly destinationTon: number;
  readonly dataCoding: number;
  readonly text: string;
  /** `reference:count:number` of a part. */
  readonly part: string | null;
}

export interface GivenMessageCentre {
  readonly port: number;
  readonly received: ReceivedShortMessage[];
  /** `system_id password system_type` of each bind. */
  readonly binds: string[];
  /** Status of answers to binds and messages. */
  status: { bind: number; submit: number };
  /** It takes so many messages in all, and no more; `null`: any number. */
  refusesAfter: number | null;
  /** Asks for signs of life before it answers. */
  isCurious: boolean;
  readonly aliveSigns: number;
  close(): Promise<void>;
}

/** SMPP 3.4 §5.1.3. */
const INVALID_DESTINATION = 0x0b;

/** A message centre of another's making (the library `smpp`), so that both sides cannot be wrong in the same way. */
export async function givenMessageCentre(): Promise<GivenMessageCentre> {
  const received: ReceivedShortMessage[] = [];
  const binds: string[] = [];
  const sessions = new Set<smpp.Session>();
  const centre = {
    status: { bind: 0, submit: 0 },
    refusesAfter: null as number | null,
    isCurious: false,
    aliveSigns: 0,
  };
  const server = smpp.createServer((session) => {
    sessions.add(session);
    session.on('error', () => undefined);
    session.on('enquire_link_resp', () => centre.aliveSigns++);
    session.on('bind_transceiver', (pdu) => {
      binds.push(`${pdu.system_id} ${pdu.password} ${pdu.system_type}`);
      if (centre.isCurious) session.enquire_link();
      session.send(pdu.response({ command_status: centre.status.bind }));
    });
    session.on('submit_sm', (pdu) => {
      if (centre.isCurious) session.deliver_sm({ short_message: 'a receipt of somebody else' });
      const { message, udh } = pdu.short_message;
      const head = udh?.[0];
      received.push({
        source: pdu.source_addr,
        destination: pdu.destination_addr,
        destinationTon: pdu.dest_addr_ton,
        dataCoding: pdu.data_coding,
        text: message,
        part: head ? [...head.subarray(-3)].join(':') : null,
      });
      const isFull = centre.refusesAfter !== null && received.length > centre.refusesAfter;
      const status = isFull ? INVALID_DESTINATION : centre.status.submit;
      session.send(pdu.response({ command_status: status, message_id: '1' }));
    });
    session.on('unbind', (pdu) => {
      session.send(pdu.response());
      session.close();
    });
  }) as unknown as Server;
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()));
  const { port } = server.address() as AddressInfo;
  return Object.assign(centre, {
    port,
    received,
    binds,
    close: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        for (const session of sessions) session.destroy();
      }),
  });
}
