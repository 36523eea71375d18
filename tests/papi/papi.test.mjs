// polkadot-api (PAPI) on a running local network, without any description of the chain but its metadata: DDC_NODE_URL
// names it. Everything is bounded in time.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { getExtrinsicDecoder } from '@polkadot-api/tx-utils';
import { createClient } from 'polkadot-api';
import { getPolkadotSigner } from 'polkadot-api/signer';
import { getWsProvider } from 'polkadot-api/ws';
import WebSocket from 'ws';
import { CLUSTER, cryptoWaitReady, pair, SS58_PREFIX } from '../e2e/lib/accounts.mjs';
import { poll, within } from '../e2e/lib/log.mjs';

const TEST_MS = 180_000;
const SEND_MS = 90_000;
const UNIT = 10_000_000_000n;
const NOWHERE = '0x00000000000000000000000000000000000000ff';
// What verification sends without a signer, in every era.
const GENERAL = ['ballot', 'open_verdicts', 'open_bill'];

let client;
let api;
let decode;

const limited = (name, run) => test(name, { timeout: TEST_MS }, run);
const signerOf = (payer) => getPolkadotSigner(payer.publicKey, 'Sr25519', (message) => payer.sign(message));

before(async () => {
	await cryptoWaitReady();
	const url = process.env.DDC_NODE_URL ?? 'ws://127.0.0.1:9944';
	client = createClient(getWsProvider(url, { websocketClass: WebSocket }));
	api = client.getUnsafeApi();
	await within(60_000, 'connection', client.getFinalizedBlock());
	decode = getExtrinsicDecoder(await api.apis.Metadata.metadata_at_version(15));
});

after(() => client?.destroy());

limited('the chain says what its tokens and addresses are', async () => {
	const { name, properties } = await client.getChainSpecData();
	assert.equal(name, 'DDC Local');
	assert.deepEqual(properties, { ss58Format: SS58_PREFIX, tokenDecimals: 10, tokenSymbol: 'DDC' });
	assert.equal(await api.constants.System.SS58Prefix(), SS58_PREFIX);
});

limited('the metadata comes in versions 14 to 16', async () => {
	assert.deepEqual(await api.apis.Metadata.metadata_versions(), [14, 15, 16]);
	for (const version of [14, 15, 16]) {
		const metadata = await api.apis.Metadata.metadata_at_version(version);
		// "meta", and the version.
		assert.equal(Buffer.from(metadata.subarray(0, 5)).toString('latin1'), `meta${String.fromCharCode(version)}`);
		assert.doesNotThrow(() => getExtrinsicDecoder(metadata));
	}
	assert.equal(await api.apis.Metadata.metadata_at_version(13), undefined);
});

limited('every block decodes, general transactions too', async () => {
	const seen = new Map();
	let last;
	const look = async () => {
		const { hash, number } = await client.getFinalizedBlock();
		if (number === last) return false;
		last = number;
		for (const bytes of await client.getBlockBody(hash)) {
			const { call, type, version, extra } = decode(bytes);
			seen.set(`${call.type}.${call.value.type}`, { call, type, version, extra });
		}
		return GENERAL.every((name) => seen.has(`DdcVerification.${name}`));
	};
	await poll(TEST_MS, `one of each of ${GENERAL.join(', ')}`, look, 300);
	for (const name of GENERAL) {
		const { call, type, version, extra } = seen.get(`DdcVerification.${name}`);
		assert.equal(type, 'general', name);
		assert.equal(version, 5, name);
		assert.equal(extra.CheckNonce, 0, name);
		assert.equal(typeof call.value.value, 'object', name);
	}
	assert.equal(seen.get('Timestamp.set').type, 'bare');
});

limited('runtime APIs answer with types', async () => {
	const { DdcApi } = api.apis;
	const status = await DdcApi.bucket_status(1n);
	assert.equal(status.cluster, CLUSTER);
	assert.equal(status.signer, status.owner);
	assert.match(status.owner, /^6[1-9A-HJ-NP-Za-km-z]{46,47}$/);
	assert.equal(typeof status.balance, 'bigint');
	assert.equal(status.suspended, false);
	assert.equal(await DdcApi.bucket_status(0n), undefined);

	const position = await DdcApi.customer_account(CLUSTER, status.owner);
	assert.equal(position.debt, 0n);
	assert.ok(position.balance > 0n && position.active <= position.balance);
	assert.ok(position.oldest_open_era <= position.current_era);

	const { status: where, members, prices } = await DdcApi.cluster_at(CLUSTER, position.current_era);
	assert.equal(where.type, 'Activated');
	assert.ok(members.length >= 5);
	assert.equal(await DdcApi.cluster_at(NOWHERE, position.current_era), undefined);
	const [terms] = await DdcApi.terms(CLUSTER);
	assert.equal(terms.params.unit_per_mb_stored, prices.per_mib_month_stored);

	const standing = await DdcApi.node_standing(members[0]);
	assert.equal(standing.cluster, CLUSTER);
	assert.ok(standing.bond.active > 0n);
	assert.equal(typeof standing.can_earn, 'boolean');
	assert.deepEqual(await DdcApi.pending_slashes({ type: 'StoragePubKey', value: status.owner }), []);
});

/** All rows of a list, in pages of `limit`. */
async function all(limit, ask) {
	const rows = [];
	let after;
	do {
		const page = await ask(after, limit);
		rows.push(...page.rows);
		after = page.next;
	} while (after !== undefined);
	return rows;
}

limited('lists are read to their end, page by page', async () => {
	const { DdcApi } = api.apis;
	const at = { at: (await client.getFinalizedBlock()).hash };
	const clusters = await all(1, (after, limit) => DdcApi.clusters(after, limit, at));
	assert.ok(clusters.some(({ cluster }) => cluster.cluster_id === CLUSTER));
	const nodes = await all(2, (after, limit) => DdcApi.nodes(after, limit, at));
	assert.ok(nodes.length >= 5);
	assert.equal(new Set(nodes.map(({ pub_key }) => pub_key)).size, nodes.length);
	const members = await all(2, (after, limit) => DdcApi.cluster_nodes(CLUSTER, after, limit, at));
	assert.ok(members.length >= 5);
	const ring = await all(2, (after, limit) => DdcApi.topology(CLUSTER, after, limit, at));
	const places = new Set(members.map(({ node }) => node.value));
	assert.ok(ring.every(({ node }) => places.has(node.value)));
	assert.ok(ring.flatMap(({ tokens }) => tokens).length >= 20);
	const buckets = await all(5, (after, limit) => DdcApi.buckets(after, limit, at));
	assert.ok(buckets.length >= 12);
	const stored = await api.query.DdcCustomers.Buckets.getEntries(at);
	assert.deepEqual(
		buckets.map(({ bucket }) => bucket),
		stored.map(({ value }) => value.bucket_id).sort((a, b) => Number(a - b)),
	);
});

limited('a transfer is signed, included and decoded', async () => {
	const payer = pair('//Bob//stash');
	const dest = pair(`//papi//${Date.now()}`);
	const transfer = api.tx.Balances.transfer_keep_alive({
		dest: { type: 'Id', value: dest.address },
		value: 3n * UNIT,
	});
	const fee = await transfer.getEstimatedFees(payer.publicKey);
	assert.ok(fee > 0n && fee < UNIT);
	const sent = await within(SEND_MS, 'the transfer', transfer.signAndSubmit(signerOf(payer)));
	assert.equal(sent.ok, true);
	const event = sent.events.find(({ type, value }) => type === 'Balances' && value.type === 'Transfer');
	assert.deepEqual(event.value.value, { from: payer.address, to: dest.address, amount: 3n * UNIT });
	const account = await api.query.System.Account.getValue(dest.address, { at: sent.block.hash });
	assert.equal(account.data.free, 3n * UNIT);
	const body = await client.getBlockBody(sent.block.hash);
	const { call, type } = decode(body[sent.block.index]);
	assert.equal(type, 'signed');
	assert.equal(call.value.value.value, 3n * UNIT);
});

limited('an error has its name', async () => {
	const payer = pair('//Bob//stash');
	const deposit = api.tx.DdcCustomers.deposit({ cluster_id: NOWHERE, amount: UNIT });
	const { ok, dispatchError } = await within(SEND_MS, 'the call', deposit.signAndSubmit(signerOf(payer)));
	assert.equal(ok, false);
	assert.equal(dispatchError.type, 'Module');
	assert.equal(dispatchError.value.type, 'DdcCustomers');
	assert.equal(dispatchError.value.value.type, 'NoSuchCluster');
});
