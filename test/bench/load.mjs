/**
 * A process that logs in over and over with right OTPs. Told by messages: `{ connections, seconds, realm }`; answers with
 * `{ requests, refused, seconds, latencies }`. With a realm the tokens' owners log in, else the tokens by their serials. On
 * plain sockets: what it costs is taken from what it measures.
 */
import { createHmac } from 'node:crypto';
import { connect } from 'node:net';

import { loginOf, PIN, SEED, serialOf } from './tokens.mjs';

const [port, tokens] = process.argv.slice(2).map(Number);
/** The counter that each token expects next. */
const counters = new Uint32Array(tokens);
const otps = [];

process.on('message', async ({ connections, seconds, realm }) => {
  process.send(await run(connections, seconds, realm));
});

async function run(connections, seconds, realm) {
  const started = performance.now();
  const deadline = started + seconds * 1000;
  const parts = await Promise.all(
    Array.from({ length: connections }, (_, place) => gateway(place, connections, deadline, realm)),
  );
  return {
    requests: parts.reduce((sum, { latencies }) => sum + latencies.length, 0),
    refused: parts.reduce((sum, { refused }) => sum + refused, 0),
    seconds: (performance.now() - started) / 1000,
    latencies: parts.flatMap(({ latencies }) => latencies),
  };
}

/** One connection, one request at a time; every `step`th token is its own. */
function gateway(first, step, deadline, realm) {
  const socket = connect(port, '127.0.0.1');
  socket.setNoDelay(true);
  const latencies = [];
  let refused = 0;
  let token = first;
  let sentAt = 0;
  let answer = '';
  const send = () => {
    sentAt = performance.now();
    socket.write(requestFor(token, realm));
  };
  return new Promise((resolve, reject) => {
    socket.on('connect', send);
    socket.on('error', reject);
    socket.on('data', (chunk) => {
      answer += chunk.latin1Slice();
      if (!isWhole(answer)) return;
      latencies.push(performance.now() - sentAt);
      if (answer.includes('"value": true')) counters[token]++;
      else refused++;
      answer = '';
      token += step;
      if (token >= tokens) token = first;
      if (performance.now() < deadline) return send();
      socket.end();
      resolve({ latencies, refused });
    });
  });
}

function requestFor(token, realm) {
  const who = realm ? `user=${loginOf(token)}&realm=${realm}` : `serial=${serialOf(token)}`;
  const body = `${who}&pass=${PIN}${otpAt(counters[token])}`;
  return (
    `POST /validate/${realm ? 'check' : 'check_s'} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/x-www-form-urlencoded\r\n` +
    `Content-Length: ${body.length}\r\n\r\n${body}`
  );
}

function isWhole(answer) {
  const end = answer.indexOf('\r\n\r\n');
  if (end < 0) return false;
  const length = /content-length: (\d+)/i.exec(answer)?.[1];
  return answer.length >= end + 4 + Number(length);
}

/** RFC 4226 §5.3; all tokens have one seed. */
function otpAt(counter) {
  otps[counter] ??= hotp(counter);
  return otps[counter];
}

function hotp(counter) {
  const message = Buffer.alloc(8);
  message.writeBigUInt64BE(BigInt(counter));
  const mac = createHmac('sha1', SEED).update(message).digest();
  const value = mac.readUInt32BE(mac.at(-1) & 0xf) & 0x7fffffff;
  return String(value % 1_000_000).padStart(6, '0');
}
