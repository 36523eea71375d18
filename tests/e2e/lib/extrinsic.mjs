// General (version 5) transactions, which @polkadot/api 16 reads but cannot make.

import { compactAddLength, u8aConcat } from '@polkadot/util';

const GENERAL_V5 = 0x45;
// What the extensions take, in the runtime's order: AuthorizeCall, CheckNonZeroSender, CheckSpecVersion,
// CheckTxVersion and CheckGenesis take nothing; an immortal era; nonce 0; CheckWeight takes nothing; tip 0;
// CheckMetadataHash off; WeightReclaim takes nothing.
const IMMORTAL = 0x00;
const NONCE = 0x00;
const TIP = 0x00;
const NO_METADATA_HASH = 0x00;

/** The bytes of a transaction that its call authorises by itself. */
export function generalTransaction(call, extensionVersion = 0) {
	return compactAddLength(
		u8aConcat(new Uint8Array([GENERAL_V5, extensionVersion, IMMORTAL, NONCE, TIP, NO_METADATA_HASH]), call),
	);
}
