// Which public methods a client has, and which of them were called.

/** What the client exports besides classes: functions and enums that the tests use as they are. */
export const OTHER_TYPES = [
	'CERE_SS58_PREFIX',
	'ClusterMember',
	'ClusterNodeKind',
	'ClusterStatus',
	'StorageNodeMode',
	'createRandomSigner',
	'cryptoWaitReady',
	'decodeAddress',
	'encodeAddress',
];

// Browser only: their constructors throw elsewhere, which the tests expect.
const BROWSER_ONLY = ['CereWalletSigner', 'Web3Signer'];

/** Counts the calls of every method of every exported class from now on. What each does stays as it is. */
export function recordCalls(exported) {
	const called = new Map();
	const classes = Object.entries(exported).filter(
		([, value]) => typeof value === 'function' && /^class /.test(Function.prototype.toString.call(value)),
	);
	for (const [name, type] of classes) {
		if (BROWSER_ONLY.includes(name)) continue;
		for (const [method, { value }] of Object.entries(Object.getOwnPropertyDescriptors(type.prototype))) {
			if (typeof value !== 'function' || method === 'constructor') continue;
			const key = `${name}.${method}`;
			called.set(key, 0);
			type.prototype[method] = function (...args) {
				called.set(key, called.get(key) + 1);
				return value.apply(this, args);
			};
		}
	}
	return {
		classes: classes.map(([name]) => name),
		/** The methods that nobody called. */
		missing: () => [...called].filter(([, count]) => count === 0).map(([key]) => key),
	};
}
