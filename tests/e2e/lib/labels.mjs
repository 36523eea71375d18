/** A node's key as the address that wallets show. */
export const nodeAddress = (node) => node.asStoragePubKey.toString();

/** `Reward`, or the kind of outcome with its reason. By a fault of the DAC a node earns nothing, as when it is withheld. */
export function verdictLabel(outcome) {
	if (outcome.isReward) return 'Reward';
	const reason = outcome.inner.type;
	return outcome.isDacFault ? `Withhold:Dac${reason}` : `${outcome.type}:${reason}`;
}
