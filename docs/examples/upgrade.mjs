// A holder proposes a new runtime and votes for it; when the referendum has passed and was enacted, anybody hands in the code.
// `scripts/upgrade.sh` sees all of it through; this is its first half.
//   HOLDER=//Alice RUNTIME=runtime.wasm VOTE=1000 node upgrade.mjs

import { readFileSync } from 'node:fs';
import { ApiPromise, Keyring, WsProvider } from '@polkadot/api';
import { blake2AsHex } from '@polkadot/util-crypto';

const api = await ApiPromise.create({
	provider: new WsProvider(process.env.DDC_NODE_URL ?? 'ws://127.0.0.1:9944'),
	noInitWarn: true,
});
const keyring = new Keyring({ type: 'sr25519', ss58Format: api.registry.chainSS58 });
const holder = keyring.addFromUri(process.env.HOLDER ?? '//Alice');
const balance = BigInt(process.env.VOTE ?? 1_000) * 10n ** BigInt(api.registry.chainDecimals[0]);
const code = readFileSync(process.env.RUNTIME ?? 'runtime.wasm');

/** Signs, sends, and waits until it is final. */
const send = (call) =>
	new Promise((resolve, reject) => {
		const onResult = ({ status, dispatchError, events }) => {
			if (dispatchError?.isModule) reject(new Error(api.registry.findMetaError(dispatchError.asModule).name));
			else if (dispatchError) reject(new Error(dispatchError.toString()));
			else if (status.isFinalized) resolve(events.map(({ event }) => event));
		};
		call.signAndSend(holder, onResult).catch(reject);
	});

const { convictionVoting, preimage, referenda, system } = api.tx;
// Only the hash is voted on: the code itself need not be on chain before it is known to be wanted.
const proposal = system.authorizeUpgrade(blake2AsHex(code, 256)).method;
await send(preimage.notePreimage(proposal.toHex()));
const lookup = { Lookup: { hash: proposal.hash.toHex(), len: proposal.encodedLength } };
const submitted = await send(referenda.submit({ system: 'Root' }, lookup, { After: 1 }));
const { index } = submitted.find(({ method }) => method === 'Submitted').data;
await send(referenda.placeDecisionDeposit(index));
const aye = { Standard: { vote: { aye: true, conviction: 'Locked1x' }, balance } };
await send(convictionVoting.vote(index, aye));
const { tally } = (await api.query.referenda.referendumInfoFor(index)).unwrap().asOngoing;
console.log(`referendum ${index}: ${tally.support.toBigInt() / 10n ** 10n} tokens say aye`);
// Once system.authorizedUpgrade() names the hash: api.tx.system.applyAuthorizedUpgrade(code).send()
await api.disconnect();
