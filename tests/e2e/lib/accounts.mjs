// The accounts of the local network, as the preset `local_testnet` makes them.

import { Keyring } from '@polkadot/api';
import { u8aToHex } from '@polkadot/util';

export { cryptoWaitReady } from '@polkadot/util-crypto';

export const SS58_PREFIX = 54;
/** The cluster that is ready at genesis. */
export const CLUSTER = '0x0000000000000000000000000000000000000001';

const keyring = new Keyring({ type: 'sr25519', ss58Format: SS58_PREFIX });

/** The key pair of a derivation path; `cryptoWaitReady` must have been awaited. */
export const pair = (path) => keyring.createFromUri(path);
export const hexKey = (path) => u8aToHex(pair(path).publicKey);

/** Nodes, providers and customers are counted from 0; a provider has the number of its node. */
export const NODES_PATH = '//Node';
export const PROVIDERS_PATH = '//Provider';
export const CUSTOMERS_PATH = '//Customer';
export const nodePath = (n) => `${NODES_PATH}//${n}`;
export const providerPath = (n) => `${PROVIDERS_PATH}//${n}`;
export const customerPath = (n) => `${CUSTOMERS_PATH}//${n}`;
/** The key pairs below a path, by number: without beginning from the phrase for each, which takes ten times as long. */
export function children(path) {
	const parent = pair(path);
	return (n) => parent.derive(`//${n}`);
}
export const DAC_PATH = '//Dac';
/** Who runs the cluster. */
export const MANAGER_PATH = '//Manager';

/** The validators' nodes, by the option that starts them. */
export const VALIDATORS = ['alice', 'bob', 'charlie', 'dave'];
const title = (name) => name[0].toUpperCase() + name.slice(1);
/** The key that a validator's node works with, and the account that is bonded for it. */
export const sessionPath = (name) => `//${title(name)}`;
export const stashPath = (name) => `//${title(name)}//stash`;
