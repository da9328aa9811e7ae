// R8: acquire, release and operator requests as bytes.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Address } from '../../src/core/address.js';
import { WireError } from '../../src/wire/bytes.js';
import {
  addresseeOf,
  decodeCommand,
  decodeRequest,
  encodeCommand,
  encodeRequest,
  FRAME_TYPE,
  MAX_ORDERS,
} from '../../src/wire/command.js';
import { MAX_COMMAND_BYTES } from '../../src/wire/limits.js';
import { command, mutation, request } from './arbitraries.js';

const refuses = (read: () => void): void => {
  try {
    read();
  } catch (error) {
    assert.ok(error instanceof WireError, String(error));
  }
};

test('R8: a command arrives as it was sent, in as many frames as it takes', () => {
  fc.assert(
    fc.property(command, (sent) => {
      const bodies = encodeCommand(sent);
      assert.equal(bodies.length, Math.ceil(sent.orders.length / MAX_ORDERS));
      const read = bodies.map((body) => decodeCommand(sent.action, body));
      for (const body of bodies) assert.equal(addresseeOf(body), sent.to);
      for (const part of read)
        assert.deepEqual([part.action, part.to, part.term], [sent.action, sent.to, sent.term]);
      assert.deepEqual(
        read.flatMap((part) => part.orders),
        sent.orders,
      );
    }),
  );
});

test('R8: no body of a command is longer than a frame has room for', () => {
  fc.assert(
    fc.property(command, (sent) => {
      for (const body of encodeCommand(sent)) assert.ok(body.length <= MAX_COMMAND_BYTES);
    }),
  );
  const orders = Array.from({ length: MAX_ORDERS }, () => ({
    address: 'fd00::1' as Address,
    reason: 'none' as const,
  }));
  const [body] = encodeCommand({ action: 'acquire', to: 'fd00::2' as Address, term: 1, orders });
  assert.ok(body!.length <= MAX_COMMAND_BYTES && body!.length > MAX_COMMAND_BYTES - 30);
});

test('R8: a request arrives as it was sent', () => {
  fc.assert(
    fc.property(request, (sent) => {
      assert.deepEqual(decodeRequest(encodeRequest(sent)), sent);
    }),
  );
});

test('R8: the types of frames are those of the frame’s description', () => {
  assert.deepEqual(FRAME_TYPE, { acquire: 2, release: 3, prepare: 4, request: 6 });
});

test('R51: random bytes are refused or read, and nothing else happens', () => {
  fc.assert(
    fc.property(
      fc.uint8Array({ maxLength: 1100 }),
      fc.constantFrom('acquire', 'release'),
      (bytes, action) => {
        refuses(() => decodeCommand(action, bytes));
        refuses(() => decodeRequest(bytes));
      },
    ),
    { numRuns: 2000 },
  );
});

test('R51: a command that was tampered with is refused or read, and nothing else happens', () => {
  fc.assert(
    fc.property(command, fc.array(mutation, { minLength: 1, maxLength: 4 }), (sent, mutations) => {
      for (const body of encodeCommand(sent))
        refuses(() =>
          decodeCommand(
            sent.action,
            mutations.reduce<Uint8Array>((bytes, change) => change(bytes), body),
          ),
        );
    }),
  );
});

test('R51: a request that was tampered with is refused or read, and nothing else happens', () => {
  fc.assert(
    fc.property(request, fc.array(mutation, { minLength: 1, maxLength: 4 }), (sent, mutations) => {
      refuses(() =>
        decodeRequest(mutations.reduce<Uint8Array>((bytes, change) => change(bytes), encodeRequest(sent))),
      );
    }),
    { numRuns: 1000 },
  );
});

test('R51: a command or request that is cut short, or longer than it says, is refused', () => {
  fc.assert(
    fc.property(command, request, (sent, asked) => {
      const [body] = encodeCommand(sent);
      const asking = encodeRequest(asked);
      for (let cut = 1; cut < 8; cut++) {
        assert.throws(() => decodeCommand('acquire', body!.subarray(0, -cut)), WireError);
        assert.throws(() => decodeRequest(asking.subarray(0, -cut)), WireError);
      }
      assert.throws(() => decodeCommand('acquire', Buffer.concat([body!, Buffer.alloc(1)])), WireError);
      assert.throws(() => decodeRequest(Buffer.concat([asking, Buffer.alloc(1)])), WireError);
    }),
    { numRuns: 50 },
  );
});

test('R8: a request of an unknown kind is refused by what it is', () => {
  const body = Buffer.from(encodeRequest({ kind: 'forget', address: '10.77.0.101' as Address }));
  body.writeUInt8(77, 0);
  assert.throws(() => decodeRequest(body), /request 77 is unknown/);
});

test('R8: a request that lacks its address is refused', () => {
  assert.throws(() => decodeRequest(Buffer.from([2, 0, 0])), /without an address/);
});
