import { createHmac } from 'node:crypto';
import { connect } from 'node:net';

/**
 * A gateway's load, as a process of its own so that its CPU is not the server's: `check_s` with right HOTP values, each
 * connection with tokens of its own, one request at a time.
 *
 * Reads a job as JSON from its standard input: `{port, connections, seconds, seed, pin, tokens: [{serial, counter}]}`. Writes
 * `{logins, refused, seconds, milliseconds: {p50, p99, slowest}, counters}` when it is done.
 */
const chunks = [];
for await (const chunk of process.stdin) chunks.push(chunk);
const job = JSON.parse(Buffer.concat(chunks).toString('utf8'));

const seed = Buffer.from(job.seed, 'hex');
const times = [];
let refused = 0;
const began = performance.now();
const end = began + job.seconds * 1000;

await Promise.all(
  Array.from({ length: job.connections }, (_, place) =>
    keepLoggingIn(job.tokens.filter((_token, index) => index % job.connections === place)),
  ),
);

const sorted = times.toSorted((a, b) => a - b);
const at = (share) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
process.stdout.write(
  JSON.stringify({
    logins: times.length,
    refused,
    seconds: (performance.now() - began) / 1000,
    milliseconds: { p50: at(0.5), p99: at(0.99), slowest: at(1) },
    counters: Object.fromEntries(job.tokens.map(({ serial, counter }) => [serial, counter])),
  }),
);

async function keepLoggingIn(tokens) {
  const socket = connect(job.port, '127.0.0.1');
  socket.setNoDelay(true);
  const answers = answersOf(socket);
  for (let turn = 0; performance.now() < end; turn++) {
    const token = tokens[turn % tokens.length];
    const body = `serial=${token.serial}&pass=${job.pin}${hotp(token.counter++)}`;
    const sent = performance.now();
    socket.write(
      `POST /validate/check_s HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
    );
    const answer = await answers();
    times.push(performance.now() - sent);
    if (!answer.includes('"value": true')) refused++;
  }
  socket.destroy();
}

/** Whole answers, one after the other: head, and as many bytes as it announces. */
function answersOf(socket) {
  let buffered = '';
  let wanted = null;
  const look = () => {
    const head = buffered.indexOf('\r\n\r\n');
    if (head < 0 || !wanted) return;
    const length = Number(/content-length: (\d+)/i.exec(buffered)?.[1]);
    if (buffered.length < head + 4 + length) return;
    const answer = buffered.slice(0, head + 4 + length);
    buffered = buffered.slice(head + 4 + length);
    const { resolve } = wanted;
    wanted = null;
    resolve(answer);
  };
  const fail = () => wanted?.reject(new Error('the connection ended'));
  socket.on('data', (chunk) => {
    buffered += chunk.toString('latin1');
    look();
  });
  socket.on('error', fail);
  socket.on('close', fail);
  return () =>
    new Promise((resolve, reject) => {
      wanted = { resolve, reject };
      look();
    });
}

// RFC 4226 §5.3, apart from the server's own.
function hotp(counter) {
  const message = Buffer.alloc(8);
  message.writeBigUInt64BE(BigInt(counter));
  const mac = createHmac('sha1', seed).update(message).digest();
  const binary = mac.readUInt32BE(mac[19] & 15) & 0x7fffffff;
  return String(binary % 1_000_000).padStart(6, '0');
}
