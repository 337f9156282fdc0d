import { connect } from 'node:net';

/** One connection, one request at a time, with as little between it and the socket as can be. */
export class Wire {
  #answer = '';
  #answered = null;

  /** @param {(error: Error) => void} broken a server that ends the connection without an answer, too */
  constructor(port, broken) {
    this.socket = connect(port, '127.0.0.1');
    this.socket.setNoDelay(true);
    this.socket.on('error', broken);
    this.socket.on('close', () => {
      if (this.#answered) broken(new Error('the connection ended without an answer'));
    });
    this.socket.on('data', (chunk) => {
      this.#answer += chunk.latin1Slice();
      if (!isWhole(this.#answer)) return;
      const answer = this.#answer;
      const answered = this.#answered;
      this.#answer = '';
      this.#answered = null;
      answered(answer);
    });
  }

  /** @param {(answer: string) => void} answered head and body */
  ask(request, answered) {
    this.#answered = answered;
    this.socket.write(request);
  }

  close() {
    this.socket.end();
  }
}

function isWhole(answer) {
  const end = answer.indexOf('\r\n\r\n');
  if (end < 0) return false;
  const length = /content-length: (\d+)/i.exec(answer)?.[1];
  return answer.length >= end + 4 + Number(length);
}

/** @param {string} headers whole lines, beside the usual ones */
export function postRequest(path, body, headers = '') {
  return (
    `POST ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/x-www-form-urlencoded\r\n${headers}` +
    `Content-Length: ${body.length}\r\n\r\n${body}`
  );
}

export function getRequest(path, headers = '') {
  return `GET ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\n${headers}\r\n`;
}
