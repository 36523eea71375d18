import { RunError, within } from './log.mjs';

const FINALITY_MS = 120_000;

/** `section.Name: docs` of a dispatch error. */
export function errorName(api, error) {
	if (!error.isModule) return error.toString();
	const { section, name, docs } = api.registry.findMetaError(error.asModule);
	return `${section}.${name}: ${docs.join(' ')}`;
}

/** Signs and submits `call`, and waits until it is finalised: { block, hash, events, fee }. Rejects if it failed. */
export function submit(api, signer, call) {
	const what = `${call.method.section}.${call.method.method}`;
	let unsubscribe;
	const finalised = new Promise((resolve, reject) => {
		call
			.signAndSend(signer, (result) => {
				const { status, dispatchError, events } = result;
				if (result.isError && !dispatchError) return reject(new RunError(`${what}: ${status.type}`));
				if (!status.isFinalized) return;
				if (dispatchError) return reject(new RunError(`${what} failed: ${errorName(api, dispatchError)}`));
				const fee = events.find(({ event }) => api.events.transactionPayment.TransactionFeePaid.is(event));
				resolve({
					hash: status.asFinalized,
					block: result.blockNumber?.toNumber(),
					events: events.map(({ event }) => event),
					fee: fee?.event.data.actualFee.toBigInt() ?? 0n,
				});
			})
			.then((stop) => {
				unsubscribe = stop;
			}, reject);
	});
	return within(FINALITY_MS, `finality of ${what}`, finalised).finally(() => unsubscribe?.());
}

/** The event `section.Name` among those of a transaction. */
export function eventOf({ events }, section, method) {
	const event = events.find((e) => e.section === section && e.method === method);
	if (!event) throw new RunError(`no event ${section}.${method}`);
	return event.data;
}
