// The published client @cere-ddc-sdk/blockchain, unchanged, on a running local network: DDC_NODE_URL names it. Every
// public method of the client is called, and the last test says so. What cannot work is asserted to fail, and
// listed in docs/clients.md. Everything is bounded in time: a send waits for finality, or for `SEND_MS`.

import './lib/quiet.mjs';
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import * as sdk from '@cere-ddc-sdk/blockchain';
import { Keyring } from '@polkadot/api';
import { poll, within } from '../e2e/lib/log.mjs';
import { OTHER_TYPES, recordCalls } from './lib/surface.mjs';

const { Blockchain, ClusterMember, ClusterNodeKind, ClusterStatus, StorageNodeMode, UriSigner } = sdk;

const SEND_MS = 90_000;
const TEST_MS = 300_000;
const BLOCK_MS = 2_000;
const UNIT = 10_000_000_000n;
// A signer of the client cannot sign more than 256 bytes, of which the extensions take up to 81.
const MAX_CALL_OF_A_SIGNER = 175;
const FUNDS = 1_000n * UNIT;
const CLUSTER_BOND = 100_000n * UNIT;
const DEPOSIT = 500n * UNIT;
const BOND = 20_000n * UNIT;
const PERCENT = 10n ** 16n;

const PARAMS = { erasureCodingRequired: 4, erasureCodingTotal: 6, replicationTotal: 3 };
const PROTOCOL = {
	treasuryShare: PERCENT,
	validatorsShare: 10n * PERCENT,
	clusterReserveShare: 2n * PERCENT,
	storageBondSize: BOND / 2n,
	storageChillDelay: 10,
	storageUnbondingDelay: 250,
	unitPerMbStored: 50_000_000n,
	unitPerMbStreamed: 20_000_000n,
	unitPerPutRequest: 100_000n,
	unitPerGetRequest: 50_000n,
};
const PROPS = {
	host: 'node.example',
	httpPort: 8080,
	grpcPort: 9090,
	p2pPort: 9070,
	mode: StorageNodeMode.Storage,
};

let chain;
const clusterId = `0x${randomBytes(20).toString('hex')}`;
const emptyCluster = `0x${randomBytes(20).toString('hex')}`;
const calls = recordCalls(sdk);

let people;
let nodes;
let bucketIds;
let unlocksAt;
let bondUnlocksAt;
let clusterUnlocksAt;

/** What signs a call: the client's signer, or its key pair where the signer fails, as docs/clients.md explains. */
const who = (signer, bytes) => ({ account: bytes > MAX_CALL_OF_A_SIGNER ? signer.getPair() : signer });
const send = (sendable, signer) =>
	within(SEND_MS, 'finality', chain.send(sendable, who(signer, sendable.method.encodedLength)));
/** All or nothing. */
const sendAll = (sendables, signer) => {
	const bytes = sendables.reduce((sum, sendable) => sum + sendable.method.encodedLength, 3);
	return within(SEND_MS, 'finality', chain.batchAllSend(sendables, who(signer, bytes)));
};
const fails = (sendable, account, error) => assert.rejects(send(sendable, account), error);
const names = ({ events }) => events.map(({ section, method }) => `${section}.${method}`);
const reached = (block) =>
	poll(TEST_MS, `block ${block}`, async () => (await chain.getCurrentBlockNumber()) > block + 2, BLOCK_MS);

before(async () => {
	chain = await within(
		60_000,
		'connection',
		Blockchain.connect({
			wsEndpoint: process.env.DDC_NODE_URL ?? 'ws://127.0.0.1:9944',
			apiOptions: { noInitWarn: true },
		}),
	);
	const roles = ['manager', 'reserve', 'provider', 'secondProvider', 'controller', 'customer', 'friend'];
	people = Object.fromEntries(roles.map((role) => [role, sdk.createRandomSigner()]));
	people.funder = await UriSigner.create('//Charlie');
	nodes = Array.from({ length: 5 }, () => sdk.createRandomSigner());
	await Promise.all([...Object.values(people), ...nodes].map((signer) => signer.isReady()));
	nodes = nodes.map((signer) => signer.address);
});

after(() => chain?.disconnect());

const limited = (name, run) => test(name, { timeout: TEST_MS }, run);

limited('the client connects and reads the chain', async () => {
	assert.equal(await chain.isReady(), true);
	assert.equal(chain.chainDecimals, 10);
	assert.equal(chain.formatBalance(15_000_000_000n), '1.5000 CERE');
	assert.ok((await chain.getCurrentBlockNumber()) > 0);
	assert.equal(await chain.getNextNonce(people.customer.address), 0);
	assert.equal(await chain.getAccountFreeBalance(people.customer.address), 0n);
	assert.equal(sdk.CERE_SS58_PREFIX, chain.api.registry.chainSS58);
	const { address, publicKey } = people.customer;
	assert.deepEqual(sdk.decodeAddress(address), publicKey);
	assert.equal(sdk.encodeAddress(publicKey), address);
});

limited('accounts are funded by one batch', async () => {
	const amounts = { reserve: 2n * CLUSTER_BOND + FUNDS, provider: BOND + FUNDS, secondProvider: BOND + FUNDS };
	const { funder, ...others } = people;
	const transfers = Object.entries(others).map(([role, { address }]) =>
		chain.api.tx.balances.transferKeepAlive(address, amounts[role] ?? FUNDS),
	);
	// The client's own signers sign what they should hash first.
	await assert.rejects(chain.batchAllSend(transfers, { account: funder }), /Transaction has a bad signature/);
	const sent = await sendAll(transfers, funder);
	assert.match(sent.txHash, /^0x[0-9a-f]{64}$/);
	assert.equal(await chain.getAccountFreeBalance(people.customer.address), FUNDS);
});

limited('every kind of signer signs', async () => {
	const pair = new Keyring({ ss58Format: sdk.CERE_SS58_PREFIX }).addFromUri('//clients//keyring');
	const signers = [
		await UriSigner.create('//clients//uri'),
		await UriSigner.create('//clients//ed25519', { type: 'ed25519' }),
		new sdk.KeyringSigner(pair),
		new sdk.JsonSigner(pair.toJson('secret'), { passphrase: 'secret' }),
	];
	await Promise.all(signers.map((signer) => signer.isReady()));
	const locked = await sdk.JsonSigner.create(pair.toJson('secret'));
	assert.equal(locked.isLocked, true);
	await locked.unlock('secret');
	assert.equal(locked.isLocked, false);
	assert.equal(sdk.Signer.isSigner(locked), true);
	assert.equal(signers[2].createPair(), pair);
	// A signer of one's own need not be unlocked.
	assert.equal(await new sdk.Signer().unlock('secret'), undefined);
	assert.equal((await signers[0].sign(new Uint8Array(3))).length, 64);
	const funded = signers.slice(0, 3).map(({ address }) => chain.api.tx.balances.transferKeepAlive(address, UNIT));
	await sendAll(funded, people.funder);
	// The JSON signer holds the key of the keyring signer, so it takes the next nonce.
	const next = await chain.getNextNonce(pair.address);
	const nonces = [undefined, undefined, next, next + 1];
	await Promise.all(
		signers.map((account, n) =>
			within(SEND_MS, account.type, chain.send(chain.api.tx.system.remark('0x00'), { account, nonce: nonces[n] })),
		),
	);
	// A plain address with a signer of polkadot.js.
	const signer = await people.friend.getSigner();
	const account = people.friend.address;
	await within(SEND_MS, 'a signer', chain.send(chain.api.tx.system.remark('0x00'), { account, signer }));
	assert.throws(() => new sdk.Web3Signer(), /not supported in NodeJS/);
	assert.throws(() => new sdk.CereWalletSigner(), /not supported in NodeJS/);
});

const find = (node) => chain.ddcNodes.findStorageNodeByPublicKey(node);

limited('nodes are created, read, changed and deleted', async () => {
	const { provider } = people;
	const node = nodes[4];
	assert.equal(await chain.ddcNodes.findStorageNodeByPublicKey(node), undefined);
	await send(chain.ddcNodes.createStorageNode(node, PROPS), provider);
	const expected = { pubKey: node, providerId: provider.address, clusterId: null };
	assert.deepEqual(await find(node), {
		...expected,
		props: { ...PROPS, domain: '', ssl: false },
	});
	const changed = { ...PROPS, domain: 'changed.example', ssl: true, mode: StorageNodeMode.Cache };
	await send(chain.ddcNodes.setStorageNodeProps(node, changed), provider);
	assert.deepEqual(await find(node), { ...expected, props: changed });
	assert.ok((await chain.ddcNodes.listStorageNodes()).some(({ pubKey }) => pubKey === node));
	await fails(chain.ddcNodes.deleteStorageNode(node), people.customer, /^Error: ddcNodes\.OnlyNodeProvider: /);
	await send(chain.ddcNodes.deleteStorageNode(node), provider);
	assert.equal(await chain.ddcNodes.findStorageNodeByPublicKey(node), undefined);
});

limited('a cluster is created, bonded, listed and changed', async () => {
	const { manager, reserve } = people;
	const { ddcClusters, ddcStaking } = chain;
	assert.equal(await ddcClusters.findClusterById(clusterId), null);
	await send(ddcClusters.createCluster(clusterId, reserve.address, PARAMS, PROTOCOL), manager);
	// With the client's defaults for the first parameters.
	await send(ddcClusters.createCluster(emptyCluster, reserve.address, {}, PROTOCOL), manager);
	const created = await ddcClusters.findClusterById(clusterId);
	assert.deepEqual(created, {
		clusterId,
		managerId: manager.address,
		reserveId: reserve.address,
		props: { nodeProviderAuthContract: null, ...PARAMS },
		status: ClusterStatus.Unbonded,
		lastPaidEra: created.lastPaidEra,
	});
	assert.equal(typeof created.lastPaidEra, 'number');
	await send(ddcStaking.bondCluster(clusterId), reserve);
	const changed = { ...PARAMS, replicationTotal: 4 };
	await send(ddcClusters.setClusterParams(clusterId, changed), manager);
	const listed = (await ddcClusters.listClusters()).find((cluster) => cluster.clusterId === clusterId);
	assert.equal(listed.status, ClusterStatus.Bonded);
	assert.deepEqual(listed.props, { nodeProviderAuthContract: null, ...changed });
	const protocol = await ddcClusters.getClusterGovernmentParams(clusterId);
	assert.deepEqual(Object.keys(protocol), Object.keys(PROTOCOL));
	for (const [name, value] of Object.entries(PROTOCOL)) assert.equal(BigInt(protocol[name]), BigInt(value), name);
});

// Early, since the delay is the longest wait of all.
limited('a cluster is bonded and unbonded by its reserve only', async () => {
	const { manager, reserve } = people;
	const { ddcClusters, ddcStaking } = chain;
	await fails(ddcStaking.bondCluster(emptyCluster), manager, /^Error: ddcStaking\.NotClusterReserve: /);
	await fails(ddcStaking.unbondCluster(emptyCluster), reserve, /^Error: ddcStaking\.ClusterNotBonded: /);
	await send(ddcStaking.bondCluster(emptyCluster), reserve);
	await send(ddcStaking.unbondCluster(emptyCluster), reserve);
	clusterUnlocksAt = (await chain.getCurrentBlockNumber()) + PROTOCOL.storageUnbondingDelay;
	assert.equal((await ddcClusters.findClusterById(emptyCluster)).status, ClusterStatus.Unbonding);
	const early = ddcStaking.withdrawUnbondedCluster(emptyCluster);
	await fails(early, reserve, /^Error: ddcStaking\.UnbondingDelayNotOver: /);
});

limited('a node without a stake cannot join', async () => {
	const [node] = nodes;
	await send(chain.ddcNodes.createStorageNode(node, PROPS), people.provider);
	await fails(
		chain.ddcClusters.addStorageNodeToCluster(clusterId, node, ClusterNodeKind.External),
		people.manager,
		/^Error: ddcClusters\.NodeHasNoActivatedStake: /,
	);
});

limited('two providers create, bond and agree in a batch each, and their nodes join', async () => {
	const { ddcClusters, ddcNodes, ddcStaking } = chain;
	const { controller, manager, provider, secondProvider } = people;
	const [first, second, spare] = nodes;
	await Promise.all([
		sendAll(
			[ddcNodes.createStorageNode(spare, PROPS), ddcStaking.bondStorageNode(controller.address, first, BOND)],
			provider,
		),
		sendAll(
			[
				ddcNodes.createStorageNode(second, PROPS),
				ddcStaking.bondStorageNode(secondProvider.address, second, BOND),
				ddcStaking.store(clusterId),
			],
			secondProvider,
		),
	]);
	await send(ddcStaking.store(clusterId), controller);
	assert.equal(await ddcStaking.findStashAccountIdByStorageNodePublicKey(first), provider.address);
	assert.equal(await ddcStaking.findControllerAccountByStashAccountId(provider.address), controller.address);
	assert.deepEqual(await ddcStaking.findNodePublicKeyByStashAccountId(provider.address), { storagePubKey: first });
	assert.equal(await ddcStaking.findStakedClusterIdByStorageNodeStashAccountId(provider.address), clusterId);
	const staked = await ddcStaking.listStakedStorageNodesStashAccountsAndClusterIds();
	assert.equal(staked.filter((entry) => entry.clusterId === clusterId).length, 2);
	assert.deepEqual(await ddcStaking.findStakingLedgerByControllerAccountId(controller.address), {
		stash: provider.address,
		total: Number(BOND),
		active: Number(BOND),
		chilling: null,
		unlocking: [],
	});
	const add = (node) => ddcClusters.addStorageNodeToCluster(clusterId, node, ClusterNodeKind.External);
	await sendAll([add(first), add(second)], manager);
	assert.deepEqual((await ddcClusters.filterNodeKeysByClusterId(clusterId)).sort(), [first, second].sort());
	assert.equal(await ddcClusters.clusterHasStorageNode(clusterId, first), true);
	assert.equal(await ddcClusters.clusterHasStorageNode(clusterId, spare), false);
	assert.equal((await ddcNodes.findStorageNodeByPublicKey(first)).clusterId, clusterId);
});

limited('a provider takes its bond back once its node has left', async () => {
	const { ddcClusters, ddcStaking } = chain;
	const { controller, manager, provider } = people;
	const [first, , spare] = nodes;
	await fails(ddcStaking.fastChillStorage(), controller, /^Error: ddcStaking\.FastChillNotAllowed: /);
	await fails(ddcStaking.unbond(BOND), controller, /^Error: ddcStaking\.BondRequiredByCluster: /);
	await send(ddcClusters.removeStorageNodeFromCluster(clusterId, first), manager);
	assert.equal(await ddcClusters.clusterHasStorageNode(clusterId, first), false);
	await send(ddcStaking.fastChillStorage(), controller);
	assert.equal(await ddcStaking.findStakedClusterIdByStorageNodeStashAccountId(provider.address), null);
	// The same account may control its own stash.
	await send(ddcStaking.setController(provider.address), provider);
	await fails(ddcStaking.withdrawUnbonded(), provider, /^Error: ddcStaking\.NothingToWithdraw: /);
	await send(ddcStaking.unbond(BOND / 2n), provider);
	const ledger = await ddcStaking.findStakingLedgerByControllerAccountId(provider.address);
	assert.equal(BigInt(ledger.active), BOND / 2n);
	assert.equal(BigInt(ledger.unlocking[0].value), BOND / 2n);
	bondUnlocksAt = ledger.unlocking[0].block;
	await bondAnother(spare);
});

/** Moves the bond to another node as soon as no era with the first one is open. */
async function bondAnother(spare) {
	const { provider } = people;
	await poll(
		TEST_MS,
		'the end of the eras with the node',
		async () => {
			try {
				await send(chain.ddcStaking.setStorageNode(spare), provider);
				return true;
			} catch (error) {
				if (/^ddcStaking\.NodeIsInOpenEra: /.test(error.message)) return false;
				throw error;
			}
		},
		5_000,
	);
	assert.deepEqual(await chain.ddcStaking.findNodePublicKeyByStashAccountId(provider.address), {
		storagePubKey: spare,
	});
}

limited('a second provider says that it leaves', async () => {
	const { secondProvider } = people;
	await send(chain.ddcStaking.chill(), secondProvider);
	const ledger = await chain.ddcStaking.findStakingLedgerByControllerAccountId(secondProvider.address);
	assert.ok(ledger.chilling > 0);
	await reached(ledger.chilling);
	await send(chain.ddcStaking.chill(), secondProvider);
	assert.equal(await chain.ddcStaking.findStakedClusterIdByStorageNodeStashAccountId(secondProvider.address), null);
});

limited('customers deposit, and the ledger tells', async () => {
	const { ddcCustomers } = chain;
	const { customer, friend } = people;
	// Absent means "use deposit", as the client's callers read it.
	assert.equal(await ddcCustomers.getStackingInfo(clusterId, customer.address), null);
	await fails(ddcCustomers.depositExtra(clusterId, UNIT), customer, /^Error: ddcCustomers\.NoLedger: /);
	await send(ddcCustomers.deposit(clusterId, DEPOSIT), customer);
	await fails(ddcCustomers.deposit(clusterId, DEPOSIT), customer, /^Error: ddcCustomers\.AlreadyHasLedger: /);
	await send(ddcCustomers.depositExtra(clusterId, UNIT), customer);
	await send(ddcCustomers.depositFor(customer.address, clusterId, UNIT), friend);
	const total = Number(DEPOSIT + 2n * UNIT);
	assert.deepEqual(await ddcCustomers.getStackingInfo(clusterId, customer.address), {
		owner: customer.address,
		total,
		active: total,
		unlocking: [],
	});
	await send(ddcCustomers.unlockDeposit(clusterId, UNIT), customer);
	const ledger = await ddcCustomers.getStackingInfo(clusterId, customer.address);
	assert.equal(ledger.active, total - Number(UNIT));
	unlocksAt = ledger.unlocking[0].block;
	await fails(
		ddcCustomers.withdrawUnlockedDeposit(clusterId),
		customer,
		/^Error: ddcCustomers\.NothingToWithdraw: /,
	);
});

limited('buckets are created, read, changed and removed', async () => {
	const { ddcCustomers } = chain;
	const { customer } = people;
	const create = (isPublic) => ddcCustomers.createBucket(clusterId, { isPublic });
	const created = await sendAll([create(true), create(false), create(false)], customer);
	bucketIds = ddcCustomers.extractCreatedBucketIds(created.events);
	assert.equal(bucketIds.length, 3);
	assert.ok(bucketIds.every((id) => id > 0n));
	assert.ok((await ddcCustomers.getBucketsCount()) >= Number(bucketIds.at(-1)));
	const bucket = { bucketId: bucketIds[0], ownerId: customer.address, clusterId, isPublic: true, isRemoved: false };
	assert.deepEqual(await ddcCustomers.getBucket(bucketIds[0]), bucket);
	assert.equal(await ddcCustomers.getBucket(1n << 40n), undefined);
	await send(ddcCustomers.setBucketParams(bucketIds[0], { isPublic: false }), customer);
	assert.deepEqual(
		(await ddcCustomers.listBuckets()).find(({ bucketId }) => bucketId === bucketIds[0]),
		{ ...bucket, isPublic: false },
	);
	const removed = await send(ddcCustomers.removeBuckets(bucketIds[0]), customer);
	assert.deepEqual(ddcCustomers.extractRemovedBucketIds(removed.events), [bucketIds[0]]);
	const both = await send(ddcCustomers.removeBuckets(...bucketIds.slice(1)), customer);
	assert.deepEqual(ddcCustomers.extractRemovedBucketIds(both.events), bucketIds.slice(1));
	// Billed for the running era still, so the entry stays a while.
	assert.equal((await ddcCustomers.getBucket(bucketIds[0])).isRemoved, true);
	assert.throws(() => ddcCustomers.removeBuckets(), /At least one bucket/);
});

limited('a batch goes on after what it did, and a whole one is undone', async () => {
	const { customer } = people;
	const good = chain.ddcCustomers.createBucket(clusterId, { isPublic: true });
	const bad = chain.ddcCustomers.setBucketParams(1n << 40n, { isPublic: true });
	const batch = await within(SEND_MS, 'a batch', chain.batchSend([good, bad], { account: customer }));
	assert.ok(names(batch).includes('ddcCustomers.BucketCreated'));
	assert.ok(names(batch).includes('utility.BatchInterrupted'));
	const count = await chain.ddcCustomers.getBucketsCount();
	await assert.rejects(
		sendAll([good, bad], customer),
		/^Error: ddcCustomers\.NoSuchBucket: /,
	);
	assert.equal(await chain.ddcCustomers.getBucketsCount(), count);
});

// A field that the client's caller leaves out or misspells is sent as zero, None or nothing.
limited('what the client sends as zero without a word is refused by name', async () => {
	const { ddcClusters, ddcCustomers, ddcNodes, ddcStaking } = chain;
	const { customer, manager, provider } = people;
	const create = (params, protocol) =>
		ddcClusters.createCluster(`0x${randomBytes(20).toString('hex')}`, manager.address, params, protocol);
	const without = (...fields) =>
		Object.fromEntries(Object.entries(PROTOCOL).filter(([name]) => !fields.includes(name)));
	const prices = ['unitPerMbStored', 'unitPerMbStreamed', 'unitPerPutRequest', 'unitPerGetRequest'];
	const trials = [
		[create(PARAMS, without(...prices)), manager, 'ddcClusters.PricesAllZero'],
		[create(PARAMS, without('storageBondSize')), manager, 'ddcClusters.ZeroBond'],
		[create(PARAMS, without('storageChillDelay')), manager, 'ddcClusters.ChillDelayTooShort'],
		[create(PARAMS, without('storageUnbondingDelay')), manager, 'ddcClusters.UnbondingDelayTooShort'],
		[create({ ...PARAMS, replicationTotal: 0 }, PROTOCOL), manager, 'ddcClusters.BadReplication'],
		[ddcClusters.setClusterParams(clusterId, { replicationTotal: 3 }), manager, 'ddcClusters.BadErasureCoding'],
		[
			ddcClusters.setClusterParams(clusterId, { erasureCodingRequired: 4, erasureCodingTotal: 6 }),
			manager,
			'ddcClusters.BadReplication',
		],
		[
			ddcClusters.setClusterParams(clusterId, { ...PARAMS, nodeProviderAuthContract: manager.address }),
			manager,
			'ddcClusters.AuthContractNotSupported',
		],
		[ddcNodes.createStorageNode(nodes[3], { ...PROPS, host: '' }), provider, 'ddcNodes.NoAddress'],
		[
			ddcNodes.createStorageNode(nodes[3], { host: PROPS.host, mode: PROPS.mode }),
			provider,
			'ddcNodes.NoPort',
		],
		[ddcNodes.createStorageNode(nodes[3], { ...PROPS, mode: undefined }), provider, 'ddcNodes.NoMode'],
		[ddcCustomers.deposit(emptyCluster, 0n), customer, 'ddcCustomers.DepositTooSmall'],
		[ddcCustomers.depositExtra(clusterId, 0n), customer, 'ddcCustomers.DepositTooSmall'],
		[ddcCustomers.depositFor(customer.address, clusterId, 0n), customer, 'ddcCustomers.DepositTooSmall'],
		[ddcCustomers.unlockDeposit(clusterId, 0n), customer, 'ddcCustomers.NothingToUnlock'],
		[ddcCustomers.deposit(emptyCluster, UNIT), customer, 'ddcCustomers.ClusterNotOpen'],
		[ddcCustomers.createBucket(undefined, { isPublic: true }), customer, 'ddcCustomers.NoSuchCluster'],
		[ddcStaking.unbond(0n), provider, 'ddcStaking.ZeroAmount'],
		[ddcStaking.bondStorageNode(customer.address, manager.address, UNIT), customer, 'ddcStaking.NodeNotFound'],
	];
	// One after the other for each account, since the client takes the next nonce by itself.
	const run = async (account) => {
		for (const [sendable, signer, error] of trials) {
			if (signer !== account) continue;
			await fails(sendable, signer, (thrown) => {
				assert.ok(thrown.message.startsWith(`${error}: `), `${error} expected, not ${thrown.message}`);
				return true;
			});
		}
	};
	await Promise.all([customer, manager, provider].map(run));
	await send(ddcNodes.createStorageNode(nodes[3], PROPS), customer);
	const bond = (amount) => ddcStaking.bondStorageNode(customer.address, nodes[3], amount);
	await fails(bond(0n), customer, /^Error: ddcStaking\.InsufficientBond: /);
	// More than is left once the fee is paid.
	const all = await chain.getAccountFreeBalance(customer.address);
	await fails(bond(all), customer, /^Error: ddcStaking\.(BalanceTooLow|ExistentialDepositMustStayFree): /);
});

// Three members: the manager, and the providers of two validated nodes.
limited('the members of a cluster are its manager and the providers of validated nodes', async () => {
	const { ddcClusters, ddcNodes, ddcStaking } = chain;
	const { funder, manager, secondProvider } = people;
	const [, second, , , last] = nodes;
	await Promise.all([
		send(ddcStaking.store(clusterId), secondProvider),
		sendAll(
			[
				ddcNodes.createStorageNode(last, PROPS),
				ddcStaking.bondStorageNode(funder.address, last, BOND),
				ddcStaking.store(clusterId),
			],
			funder,
		),
	]);
	const join = (node) => [
		ddcClusters.addStorageNodeToCluster(clusterId, node, ClusterNodeKind.External),
		// The client has no method for this.
		chain.api.tx.ddcClusters.validateNode(clusterId, { StoragePubKey: node }, true),
	];
	await sendAll([...join(second), ...join(last)], manager);
	assert.deepEqual((await ddcClusters.filterNodeKeysByClusterId(clusterId)).sort(), [second, last].sort());
});

/** A vote through a node: the client passes its key on as it gets it. */
const through = (node) => [ClusterMember.NodeProvider, { StoragePubKey: node }];

limited('members propose, vote and activate their cluster', async () => {
	const { ddcClusters, ddcClustersGov } = chain;
	const { customer, manager, secondProvider } = people;
	const [, second] = nodes;
	assert.throws(() => ddcClustersGov.createClusterMember(ClusterMember.NodeProvider), /Node public key is required/);
	assert.equal(ddcClustersGov.createClusterMember(ClusterMember.ClusterManager), 'ClusterManager');
	const asManager = ClusterMember.ClusterManager;
	const propose = () => ddcClustersGov.proposeActivateClusterProtocol(clusterId, PROTOCOL);
	const vote = (approve, ...member) => ddcClustersGov.voteProposal(clusterId, approve, ...member);
	const close = (...member) => ddcClustersGov.closeProposal(clusterId, ...member);
	await fails(propose(), customer, /^Error: ddcClusterGov\.NotClusterManager: /);
	await fails(vote(true, asManager), manager, /^Error: ddcClusterGov\.ProposalMissing: /);
	const proposed = await send(propose(), manager);
	const { payload } = proposed.events.find(({ method }) => method === 'Proposed');
	assert.equal(payload.seats, 3);
	await fails(propose(), manager, /^Error: ddcClusterGov\.ActiveProposal: /);
	await send(vote(true, asManager), manager);
	await fails(vote(true, asManager), manager, /^Error: ddcClusterGov\.DuplicateVote: /);
	await fails(vote(true, ...through(second)), customer, /^Error: ddcClusterGov\.NotNodeProvider: /);
	await fails(close(asManager), manager, /^Error: ddcClusterGov\.VotingGoesOn: /);
	await send(vote(true, ...through(second)), secondProvider);
	const closed = await send(close(...through(second)), secondProvider);
	// A local network lets managers decide alone, so that no referendum is needed where the manager agrees.
	for (const event of ['Approved', 'Enacted']) assert.ok(names(closed).includes(`ddcClusterGov.${event}`), event);
	assert.equal((await ddcClusters.findClusterById(clusterId)).status, ClusterStatus.Activated);
});

const REFERENDUM_MS = 480_000;
test('what members decide without their manager goes to a referendum', { timeout: REFERENDUM_MS }, async () => {
	const { ddcClusters, ddcClustersGov } = chain;
	const { funder, manager, secondProvider } = people;
	const [, second, , , last] = nodes;
	const cheaper = { ...PROTOCOL, unitPerMbStored: 40_000_000n };
	const propose = (...member) => ddcClustersGov.proposeUpdateClusterProtocol(clusterId, cheaper, ...member);
	const vote = (approve, ...member) => ddcClustersGov.voteProposal(clusterId, approve, ...member);
	await send(propose(ClusterMember.ClusterManager), manager);
	await fails(ddcClustersGov.retractProposal(clusterId), funder, /^Error: ddcClusterGov\.NotProposer: /);
	await send(ddcClustersGov.retractProposal(clusterId), manager);
	await fails(propose(ClusterMember.ClusterManager), manager, /^Error: ddcClusterGov\.ProposerMustWait: /);
	await fails(
		ddcClustersGov.proposeUpdateClusterProtocol(clusterId, {}, ...through(last)),
		funder,
		/^Error: ddcClusters\.PricesAllZero: /,
	);
	await send(propose(...through(last)), funder);
	await Promise.all([
		send(vote(false, ClusterMember.ClusterManager), manager),
		send(vote(true, ...through(second)), secondProvider),
		send(vote(true, ...through(last)), funder),
	]);
	const closed = await send(ddcClustersGov.closeProposal(clusterId, ...through(last)), funder);
	const { referendum } = closed.events.find(({ method }) => method === 'ReferendumSubmitted').payload;
	const refund = () => ddcClustersGov.refundSubmissionDeposit(referendum);
	await fails(refund(), manager, /^Error: referenda\.BadStatus: /);
	// The public: the client has no methods for it.
	const { convictionVoting, referenda } = chain.api.tx;
	const aye = { Standard: { vote: { aye: true, conviction: 'None' }, balance: 8_000_000n * UNIT } };
	await sendAll([referenda.placeDecisionDeposit(referendum), convictionVoting.vote(referendum, aye)], funder);
	const price = async () =>
		BigInt((await ddcClusters.getClusterGovernmentParams(clusterId)).unitPerMbStored);
	assert.equal(await price(), PROTOCOL.unitPerMbStored);
	await poll(REFERENDUM_MS, 'the referendum', async () => (await price()) === cheaper.unitPerMbStored, BLOCK_MS);
	// Whoever asks, it goes to who paid it.
	await send(refund(), manager);
	await fails(refund(), manager, /^Error: referenda\.NoDeposit: /);
});

limited('what was left behind for good fails at once, and is listed', async () => {
	const { ddcCustomers, ddcStaking } = chain;
	const remark = chain.api.tx.system.remark('0x00');
	const gone = {
		sudo: () => chain.sudo(remark),
		sudoAs: () => chain.sudoAs(people.customer.address, remark),
		serve: () => ddcStaking.serve(clusterId),
		findStakedClusterIdByCdnNodeStashAccountId: () =>
			ddcStaking.findStakedClusterIdByCdnNodeStashAccountId(people.provider.address),
		listStakedCdnNodesStashAccountsAndClusterIds: () => ddcStaking.listStakedCdnNodesStashAccountsAndClusterIds(),
		getStackingInfoLegacy: () => ddcCustomers.getStackingInfoLegacy(people.customer.address),
	};
	const page = readFileSync(new URL('../../docs/clients.md', import.meta.url), 'utf8');
	for (const [name, use] of Object.entries(gone)) {
		await assert.rejects(async () => use(), TypeError, name);
		assert.ok(page.includes(`\`${name}\``), `${name} is not listed in docs/clients.md`);
	}
});

const WITHDRAW_MS = 900_000;
test('all that was unlocked is withdrawn after its delay', { timeout: WITHDRAW_MS }, async () => {
	const { customer, provider, reserve } = people;
	const { ddcCustomers, ddcStaking } = chain;
	const withdraw = async (what, account, expected, call) => {
		const before = await chain.getAccountFreeBalance(account.address);
		await send(call(), account);
		const gained = (await chain.getAccountFreeBalance(account.address)) - before;
		assert.ok(gained > expected - UNIT && gained < expected, `${what}: ${gained} of ${expected}`);
	};
	const due = (block) =>
		poll(WITHDRAW_MS, `block ${block}`, async () => (await chain.getCurrentBlockNumber()) > block, BLOCK_MS);
	await Promise.all([
		due(unlocksAt).then(() =>
			withdraw('deposit', customer, UNIT, () => ddcCustomers.withdrawUnlockedDeposit(clusterId)),
		),
		due(bondUnlocksAt).then(() => withdraw('bond', provider, BOND / 2n, () => ddcStaking.withdrawUnbonded())),
		due(clusterUnlocksAt).then(() =>
			withdraw('cluster bond', reserve, CLUSTER_BOND, () => ddcStaking.withdrawUnbondedCluster(emptyCluster)),
		),
	]);
	assert.equal((await chain.ddcClusters.findClusterById(emptyCluster)).status, ClusterStatus.Unbonded);
});

test('nothing of the client was left out', async () => {
	await chain.disconnect();
	assert.deepEqual(calls.missing(), []);
	assert.deepEqual(
		Object.keys(sdk).filter((name) => !calls.classes.includes(name) && !OTHER_TYPES.includes(name)),
		[],
	);
});
