import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TypeRegistry } from '@polkadot/types';
import { hexToU8a, u8aToHex } from '@polkadot/util';
import { ballotSigningBytes } from '../lib/adversary.mjs';
import { decodeLines } from '../lib/dac.mjs';
import { generalTransaction } from '../lib/extrinsic.mjs';

const registry = new TypeRegistry();
registry.register({
	DdcUsage: { stored: 'u128', delivered: 'u128', puts: 'u64', gets: 'u64' },
	DdcLeafKey: { bucket: 'u64', kind: 'u8', tail: '[u8; 32]' },
	DdcSummary: { root: 'H256', usage: 'DdcUsage', receipts: 'u32', min: 'DdcLeafKey', max: 'DdcLeafKey' },
});

test('a page of bucket lines is read as it is encoded', () => {
	const lines = Array.from({ length: 70 }, (_, i) => ({
		root: `0x${'ab'.repeat(32)}`,
		usage: { stored: (1n << 100n) + BigInt(i), delivered: 2n ** 64n, puts: 7, gets: 2n ** 63n },
		receipts: 3 + i,
		min: { bucket: 1000 + i, kind: 0, tail: new Uint8Array(32).fill(1) },
		max: { bucket: 1000 + i, kind: 1, tail: new Uint8Array(32).fill(2) },
	}));
	const decoded = decodeLines(registry.createType('Vec<DdcSummary>', lines).toU8a());
	assert.equal(decoded.length, 70);
	assert.deepEqual(decoded[69], {
		usage: { stored: (1n << 100n) + 69n, delivered: 2n ** 64n, puts: 7n, gets: 2n ** 63n },
		receipts: 72,
		bucket: 1069n,
	});
	assert.deepEqual(decodeLines(new Uint8Array([0])), []);
	assert.throws(() => decodeLines(new Uint8Array([4, 0])), /odd length/);
});

test('a general transaction is a length, a preamble, the extensions and the call', () => {
	const bytes = generalTransaction(hexToU8a('0x0102'));
	assert.equal(u8aToHex(bytes), '0x20450000000000' + '0102');
});

test('a ballot is signed with its domain and the genesis hash', () => {
	const bytes = ballotSigningBytes(new Uint8Array(32).fill(7), hexToU8a('0xffee'));
	assert.equal(u8aToHex(bytes), `0x30${Buffer.from('ddc/ballot/1').toString('hex')}${'07'.repeat(32)}ffee`);
});
