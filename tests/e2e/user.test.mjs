// A user acts on a running local network through @polkadot/api: DDC_NODE_URL and DDC_DAC_URL name it. Each step
// waits for finality; everything is bounded in time.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { decodeAddress } from '@polkadot/keyring';
import { u8aToHex } from '@polkadot/util';
import { cryptoWaitReady } from '@polkadot/util-crypto';
import { CLUSTER, customerPath, pair } from './lib/accounts.mjs';
import { connect, finalisedNumber } from './lib/api.mjs';
import { bucketLines } from './lib/dac.mjs';
import { EraFollower } from './lib/follow.mjs';
import { poll } from './lib/log.mjs';
import { amount } from './lib/price.mjs';
import { eventOf, submit } from './lib/tx.mjs';

const UNIT = 10_000_000_000n;
const OWN_CLUSTER = '0x00000000000000000000000000000000000000aa';
const CUSTOMERS = 8;
const DEPOSIT = 500n * UNIT;
const UNLOCKED = 200n * UNIT;
const BOND = 20_000n * UNIT;
const BLOCK_MS = 2_000;

const PARAMS = {
	nodeProviderAuthContract: null,
	erasureCodingRequired: 4,
	erasureCodingTotal: 6,
	replicationTotal: 3,
};
const PERCENT = 10n ** 16n;
const PROTOCOL_PARAMS = {
	treasuryShare: 2n * PERCENT,
	validatorsShare: 5n * PERCENT,
	clusterReserveShare: PERCENT,
	storageBondSize: BOND / 2n,
	storageChillDelay: 20,
	storageUnbondingDelay: 300,
	unitPerMbStored: 40_000_000,
	unitPerMbStreamed: 20_000_000,
	unitPerPutRequest: 100_000,
	unitPerGetRequest: 50_000,
};

let api;
let people;
let bucket;
let unlockingBlock;
const nodeKey = () => ({ StoragePubKey: pair('//Ferdie//node').address });

before(async () => {
	await cryptoWaitReady();
	api = await connect(process.env.DDC_NODE_URL ?? 'ws://127.0.0.1:9944');
	people = {
		provider: pair('//Ferdie'),
		manager: pair('//Eve'),
		reserve: pair('//Eve//stash'),
		customer: pair('//Ferdie//stash'),
	};
});

after(() => api?.disconnect());

const ledger = async () => (await api.query.ddcCustomers.clusterLedger(OWN_CLUSTER, people.customer.address)).unwrap();
const finalised = () => finalisedNumber(api);
const atBlock = async (number) => api.at(await api.rpc.chain.getBlockHash(number));

test('a manager creates a cluster, and its reserve bonds it', async () => {
	const { ddcClusters, ddcStaking } = api.tx;
	await submit(
		api,
		people.manager,
		ddcClusters.createCluster(OWN_CLUSTER, people.reserve.address, PARAMS, PROTOCOL_PARAMS),
	);
	const status = async () => (await api.query.ddcClusters.clusters(OWN_CLUSTER)).unwrap().status.type;
	assert.equal(await status(), 'Unbonded');
	await submit(api, people.reserve, ddcStaking.bondCluster(OWN_CLUSTER));
	assert.equal(await status(), 'Bonded');
});

// Early, since the delay is the longest wait of all.
test('a customer creates a bucket and deposits', async () => {
	const { ddcCustomers } = api.tx;
	const created = await submit(api, people.customer, ddcCustomers.createBucket(OWN_CLUSTER, { isPublic: true }));
	bucket = eventOf(created, 'ddcCustomers', 'BucketCreated').bucketId;
	const stored = (await api.query.ddcCustomers.buckets(bucket)).unwrap();
	assert.equal(stored.ownerId.toString(), people.customer.address);
	assert.equal(stored.clusterId.toHex(), OWN_CLUSTER);
	await submit(api, people.customer, ddcCustomers.deposit(OWN_CLUSTER, DEPOSIT));
	assert.equal((await ledger()).active.toBigInt(), DEPOSIT);
	assert.equal((await ledger()).total.toBigInt(), DEPOSIT);
});

test('the customer unlocks a part, which cannot be withdrawn at once', async () => {
	const { ddcCustomers } = api.tx;
	await submit(api, people.customer, ddcCustomers.unlockDeposit(OWN_CLUSTER, UNLOCKED));
	const { active, total, unlocking } = await ledger();
	assert.equal(active.toBigInt(), DEPOSIT - UNLOCKED);
	assert.equal(total.toBigInt(), DEPOSIT);
	assert.equal(unlocking.length, 1);
	assert.equal(unlocking[0].value.toBigInt(), UNLOCKED);
	unlockingBlock = unlocking[0].block.toNumber();
	assert.ok(unlockingBlock > (await finalised()));
});

test('a provider creates a node', async () => {
	const storage = {
		mode: 'Storage',
		host: 'node.example',
		domain: '',
		ssl: true,
		httpPort: 8080,
		grpcPort: 9090,
		p2pPort: 9070,
	};
	await submit(api, people.provider, api.tx.ddcNodes.createNode(nodeKey(), { StorageParams: storage }));
	const node = (await api.query.ddcNodes.storageNodes(nodeKey().StoragePubKey)).unwrap();
	assert.equal(node.providerId.toString(), people.provider.address);
	assert.equal(node.props.host.toUtf8(), 'node.example');
	assert.ok(node.clusterId.isNone);
});

test('a node without a bond cannot join', async () => {
	await assert.rejects(
		submit(api, people.manager, api.tx.ddcClusters.addNode(OWN_CLUSTER, nodeKey(), 'External')),
		/ddcClusters\.NodeHasNoActivatedStake/,
	);
});

test('the provider bonds the node, and it joins the cluster', async () => {
	const { ddcClusters, ddcStaking, utility } = api.tx;
	await submit(
		api,
		people.provider,
		utility.batchAll([
			ddcStaking.bond(people.provider.address, nodeKey(), BOND),
			ddcStaking.store(OWN_CLUSTER),
		]),
	);
	const bond = (await api.query.ddcStaking.ledger(people.provider.address)).unwrap();
	assert.equal(bond.total.toBigInt(), BOND);
	const reserved = (await api.query.system.account(people.provider.address)).data.reserved.toBigInt();
	assert.ok(reserved >= BOND);
	await submit(api, people.manager, ddcClusters.addNode(OWN_CLUSTER, nodeKey(), 'External'));
	const member = (await api.query.ddcClusters.clustersNodes(OWN_CLUSTER, nodeKey())).unwrap();
	assert.equal(member.status.type, 'AwaitsValidation');
	const node = (await api.query.ddcNodes.storageNodes(nodeKey().StoragePubKey)).unwrap();
	assert.equal(node.clusterId.unwrap().toHex(), OWN_CLUSTER);
});

test('the manager validates the node and activates the cluster', async () => {
	const { ddcClusters, utility } = api.tx;
	await submit(
		api,
		people.manager,
		utility.batchAll([
			ddcClusters.validateNode(OWN_CLUSTER, nodeKey(), true),
			ddcClusters.activateCluster(OWN_CLUSTER),
		]),
	);
	const member = (await api.query.ddcClusters.clustersNodes(OWN_CLUSTER, nodeKey())).unwrap();
	assert.equal(member.status.type, 'ValidationSucceeded');
	const cluster = (await api.query.ddcClusters.clusters(OWN_CLUSTER)).unwrap();
	assert.equal(cluster.status.type, 'Activated');
});

test('the next settled era charges every customer what the DAC\'s bucket lines cost', async () => {
	const follower = new EraFollower(api, CLUSTER);
	const started = Date.now();
	// An era whose commit was seen, so that all its verdicts are known.
	const era = await new Promise((resolve, reject) => {
		const timer = setTimeout(() => reject(new Error('no era settled in time')), 300_000);
		finalised()
			.then((head) =>
				follower.follow(head, (name, era) => {
					if (name !== 'ddcPayouts.EraSettled' || !era.phases.committed || !Number(era.receipt.receipts)) return;
					clearTimeout(timer);
					resolve(era);
				}),
			)
			.catch(reject);
	});
	assert.equal(era.status, 'Settled');

	const owners = new Map();
	const bucketsCount = (await api.query.ddcCustomers.bucketsCount()).toNumber();
	for (let id = 1; id <= bucketsCount; id++) {
		const entry = await api.query.ddcCustomers.buckets(id);
		if (entry.isSome) owners.set(BigInt(id), entry.unwrap().ownerId.toString());
	}

	const rewarded = era.members.filter((node) => era.verdicts[node] === 'Reward');
	assert.ok(rewarded.length > 0);
	const linesByNode = await Promise.all(
		rewarded.map((node) => bucketLines(process.env.DDC_DAC_URL, CLUSTER, era.era, u8aToHex(decodeAddress(node)))),
	);

	const { first: { block: first }, last: { block: last } } = era.phases.charged;
	const position = async (at, customer) => {
		const [balance, debt] = await at.call.ddcApi.customerPosition(CLUSTER, customer);
		return balance.toBigInt() - debt.toBigInt();
	};
	const [earlier, later] = [await atBlock(first - 1), await atBlock(last)];
	let total = 0n;
	for (let n = 0; n < CUSTOMERS; n++) {
		const customer = pair(customerPath(n)).address;
		const own = linesByNode.map((lines) =>
			lines.filter((line) => owners.get(line.bucket) === customer).map((line) => line.usage),
		);
		const expected = amount(own, era.prices);
		const charged = (await position(earlier, customer)) - (await position(later, customer));
		assert.equal(charged, expected, `customer ${n} in era ${era.era}`);
		total += charged;
	}
	assert.ok(total > 0n);
	assert.equal(total, BigInt(era.receipt.charged.toString()) + BigInt(era.receipt.debt.toString()));
	console.log(`era ${era.era}: ${total} planck from ${CUSTOMERS} customers, after ${Date.now() - started} ms`);
});

test('the customer withdraws once the delay is over', async () => {
	const waiting = (unlockingBlock - (await finalised())) * BLOCK_MS * 2 + 60_000;
	await poll(Math.max(waiting, 60_000), `block ${unlockingBlock}`, async () => (await finalised()) >= unlockingBlock, 2_000);
	const free = async (at) => (await at.query.system.account(people.customer.address)).data.free.toBigInt();
	const before = await free(await atBlock(await finalised()));
	const withdrawn = await submit(api, people.customer, api.tx.ddcCustomers.withdrawUnlockedDeposit(OWN_CLUSTER));
	const now = await free(await api.at(withdrawn.hash));
	assert.equal(now, before + UNLOCKED - withdrawn.fee);
	const { active, total, unlocking } = await ledger();
	assert.equal(active.toBigInt(), DEPOSIT - UNLOCKED);
	assert.equal(total.toBigInt(), DEPOSIT - UNLOCKED);
	assert.equal(unlocking.length, 0);
});
