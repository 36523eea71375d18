// Which party each kind of misbehaviour is for, so that all can run at once.

export const FORGING_NODE = 1;
export const INFLATING_NODE = 2;
export const SILENT_NODE = 3;
export const UNSERVED_NODE = 4;
export const LYING_VALIDATOR = 'dave';

/** In how many eras nodes misbehave, from the first one on. The DAC and the validator do so all the time. */
export const MISBEHAVING_ERAS = 1;
