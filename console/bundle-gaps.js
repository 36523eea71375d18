// The published bundle of @polkadot/api 16.5 reads two modules from globals that no published bundle sets: one
// member of each. (A script, not a module: it must have run before that bundle does.)

globalThis.constants = { LATEST_EXTRINSIC_VERSION: 4 };
globalThis.util$1 = { unwrapStorageSi: (type) => (type.isPlain ? type.asPlain : type.asMap.value) };
