// Imported first: the client asks for @polkadot packages of two versions, which complain of each other at length.

const { warn } = console;
console.warn = (text, ...rest) => {
	if (!/has multiple versions/.test(text)) warn(text, ...rest);
};
