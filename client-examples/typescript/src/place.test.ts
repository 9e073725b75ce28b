import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Place } from './place.js';

const told = (place: Place, ...cursors: string[]) => cursors.filter((cursor) => place.take({ cursor }));

test('what was told is not told again, however long ago it was', () => {
  const place = new Place('a');

  assert.deepEqual(told(place, 'a', 'b', 'c', 'b', 'd', 'c'), ['b', 'c', 'd']);
  assert.equal(place.after, 'd');
});

test('only the newest cursors are remembered', () => {
  const place = new Place(undefined);
  const many = Array.from({ length: 1_500 }, (_, number) => `${number}`);

  assert.deepEqual(told(place, ...many), many);
  assert.deepEqual(told(place, '1499', '600', '0'), ['0']);
});

test('after a reset nothing counts that was told before', () => {
  const place = new Place('a');

  assert.ok(place.take({ __typename: 'ResetEvent', cursor: 'a' }));
  assert.deepEqual(told(place, 'a', 'b'), ['b']);
});
