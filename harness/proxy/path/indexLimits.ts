/**
 * How far an index may be from those before it.
 */
/** Larger jumps of the index are refused: deciding every fate between would take too long. */
export const MAX_INDEX_JUMP = 1 << 20;
/** Larger promised first indices are refused, for the same reason. */
export const MAX_FIRST_INDEX = 1 << 26;
