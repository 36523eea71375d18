/** A node's key as the address that wallets show. */
export const nodeAddress = (node) => node.asStoragePubKey.toString();

/** `Reward`, or the kind of outcome with its reason. */
export function verdictLabel(outcome) {
	return outcome.isReward ? 'Reward' : `${outcome.type}:${outcome.inner.type}`;
}
