/** For container engines: ends with 0 when the server in this container answers. */
import http from 'node:http';
import https from 'node:https';

const {
  TWINLOCK_HOST: host = '127.0.0.1',
  TWINLOCK_PORT: port = '5001',
  TWINLOCK_TLS_CERT: certificate,
} = process.env;
const isEverywhere = ['', '0.0.0.0', '::', 'localhost'].includes(host);

const options = {
  host: isEverywhere ? '127.0.0.1' : host,
  port: port === '' ? 5001 : Number(port),
  path: '/healthz',
  timeout: 2000,
  // Whether it is alive, asked from inside: its certificate is made out to another name.
  rejectUnauthorized: false,
};
const request = (certificate ? https : http).get(options, (response) => {
  response.resume();
  process.exitCode = response.statusCode === 200 ? 0 : 1;
});
request.on('timeout', () => request.destroy(new Error('no answer')));
request.on('error', () => {
  process.exitCode = 1;
});
