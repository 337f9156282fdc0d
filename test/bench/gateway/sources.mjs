/**
 * What gateways and administrators ask, each kind without an end. A source gives the next request; whoever sends it gives the
 * answer back (`answered`, where there is such), and hears whether it is the one that was to be expected (`isRight`). Tokens come in
 * turn: a token is asked again once all others were. Places of even number are HOTP, the others TOTP, as `copyTokens` makes them.
 */
import { loginOf, PIN, serialOf } from '../seed/tokens.mjs';
import { currentStep, otpAt, wrongOtp } from './otps.mjs';
import { getRequest, postRequest } from './wire.mjs';

/** With more a token is locked, and what follows is another thing to measure. */
const MOST_FAILURES = 9;
const PAGES = 20;
const ACCEPTED = '"value": true';
const REFUSED = '"value": false';

/** What tokens expect next, kept from run to run until it is set back on the server, too. */
const spent = new Map();
let made = 0;

export function forget() {
  spent.clear();
}

/**
 * @param {object} asked
 * @param {string} asked.kind      one of `SOURCES`
 * @param {number} asked.tokens    how many there are
 * @param {number} asked.owned     of the first so many the owner may be named
 * @param {string} [asked.realm]   of the owners
 * @param {string} [asked.session] headers of an administrator
 * @param {1 | 2}  [asked.every]   2: HOTP and TOTP in turn, as above; 1: all are HOTP
 */
export function sourceOf(asked) {
  return SOURCES[asked.kind](asked);
}

const SOURCES = {
  'check_s hotp right': (asked) => rightOtps(asked, places(asked, 0), bySerial),
  'check_s hotp wrong': (asked) => wrongOtps(places(asked, 0), bySerial),
  'check_s totp right': (asked) => rightOtps(asked, places(asked, 1), bySerial),
  'check_s totp wrong': (asked) => wrongOtps(places(asked, 1), bySerial),
  'check hotp right': (asked) => rightOtps(asked, ownedPlaces(asked, 0), byOwner(asked)),
  'check hotp wrong': (asked) => wrongOtps(ownedPlaces(asked, 0), byOwner(asked)),
  'check totp right': (asked) => rightOtps(asked, ownedPlaces(asked, 1), byOwner(asked)),
  'check totp wrong': (asked) => wrongOtps(ownedPlaces(asked, 1), byOwner(asked)),
  challenge: challenges,
  show,
  init,
};

export const KINDS = Object.keys(SOURCES);

const bySerial = { path: '/validate/check_s', who: (place) => `serial=${serialOf(place)}` };
const byOwner = ({ realm }) => ({
  path: '/validate/check',
  who: (place) => `user=${loginOf(place)}&realm=${realm}`,
});

/** All of them in turn, each far from the one before: neighbours would share pages of the database, and most would never be read. */
function places({ tokens, every = 2 }, first) {
  const count = Math.ceil((tokens - first) / every);
  const stride = strideThrough(count);
  let turn = 0;
  return () => {
    turn = (turn + stride) % count;
    return first + turn * every;
  };
}

/** Near the golden section, and without a common divisor: so many steps come by every place. */
function strideThrough(count) {
  let stride = Math.max(1, Math.round(count * 0.618));
  while (commonDivisor(stride, count) > 1) stride++;
  return stride;
}

const commonDivisor = (one, other) => (other === 0 ? one : commonDivisor(other, one % other));

const ownedPlaces = (asked, first) => places({ ...asked, tokens: asked.owned }, first);

function rightOtps({ every = 2 }, next, { path, who }) {
  // One that is asked again before it was answered would be a right OTP twice.
  const asked = new Set();
  const free = () => {
    for (let tries = 0; tries <= asked.size; tries++) {
      const place = next();
      if (!asked.has(place)) return place;
    }
    return null;
  };
  return () => {
    const place = free();
    if (place === null) return null;
    asked.add(place);
    const isTimed = every === 2 && place % 2 === 1;
    // The server takes the device's clock to go as its values do: each is followed by the next, however early.
    const counter = spent.get(place) ?? (isTimed ? currentStep() : 0);
    return {
      kind: 'login',
      request: postRequest(path, `${who(place)}&pass=${PIN}${otpAt(counter)}`),
      answered: () => asked.delete(place),
      isRight: (answer) => {
        if (!answer.includes(ACCEPTED)) return false;
        spent.set(place, counter + 1);
        return true;
      },
    };
  };
}

function wrongOtps(next, { path, who }) {
  const otp = wrongOtp();
  const failures = new Map();
  return () => {
    const place = next();
    const count = (failures.get(place) ?? 0) + 1;
    if (count > MOST_FAILURES) return null;
    failures.set(place, count);
    return {
      kind: 'login',
      request: postRequest(path, `${who(place)}&pass=${PIN}${otp}`),
      isRight: (answer) => answer.includes(REFUSED),
    };
  };
}

/** A user's PIN begins a transaction, and their OTP answers it, on the same connection. */
function challenges(asked) {
  const next = ownedPlaces(asked, 0);
  return (connection) => {
    const begun = connection.begun ?? null;
    if (begun === null) {
      const place = next();
      return {
        kind: 'trigger',
        request: postRequest('/validate/check', `user=${loginOf(place)}&realm=${asked.realm}&pass=${PIN}`),
        isRight: (answer) => {
          const id = /"transactionid": "(\d+)"/.exec(answer)?.[1];
          if (id !== undefined) connection.begun = { place, id };
          return id !== undefined;
        },
      };
    }
    connection.begun = null;
    const counter = spent.get(begun.place) ?? 0;
    return {
      kind: 'answer',
      request: postRequest('/validate/check_t', `transactionid=${begun.id}&pass=${otpAt(counter)}`),
      isRight: (answer) => {
        if (!/"value": (?:true|\{\s*"value": true)/.test(answer)) return false;
        spent.set(begun.place, counter + 1);
        return true;
      },
    };
  };
}

function show({ session }) {
  let page = 0;
  return () => {
    page = (page % PAGES) + 1;
    return {
      kind: 'show',
      request: getRequest(`/admin/show?page=${page}&pagesize=50`, session),
      isRight: (answer) => answer.includes('"resultset"'),
    };
  };
}

function init({ session }) {
  return () => ({
    kind: 'init',
    request: postRequest('/admin/init', `type=hmac&genkey=1&pin=${PIN}&serial=MADE${++made}`, session),
    isRight: (answer) => answer.includes(ACCEPTED),
  });
}
