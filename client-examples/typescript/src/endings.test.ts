import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isReset, passes, refusesToken, TokenRefused } from './endings.js';

const errors = (...codes: string[]) => codes.map((code) => ({ message: '', extensions: { code } }));
const closed = (code: number, reason = '') => ({ code, reason });

test('a lost network, a restart and a token that ran out pass', () => {
  const passing = [
    new Error('no network'),
    closed(1006),
    closed(1012, 'SERVER_RESTARTING'),
    closed(4403, 'TOKEN_EXPIRED'),
    closed(4408, 'PONG_TIMEOUT'),
    errors('TOO_SLOW'),
  ];

  assert.deepEqual(passing.map(passes), passing.map(() => true));
});

test('what is wrong stays wrong', () => {
  const wrong = [
    errors('VARIABLES_INVALID'),
    errors('TOO_SLOW', 'NOT_FOUND'),
    errors('a code of later'),
    closed(4400, 'BAD_REQUEST'),
    new TokenRefused(),
  ];

  assert.deepEqual(wrong.map(passes), wrong.map(() => false));
});

test('a reset and a refused token are told from other endings', () => {
  assert.ok(isReset(errors('RESET')));
  assert.ok(!isReset(closed(1006)));
  assert.ok(refusesToken(closed(4403, 'UNAUTHENTICATED')));
  assert.ok(!refusesToken(closed(4403, 'TOKEN_EXPIRED')));
  assert.ok(!refusesToken(closed(1012, 'SERVER_RESTARTING')));
});
